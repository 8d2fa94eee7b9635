package generate

func renderMarkdown(m *model) ([]byte, error) { return nil, nil }
