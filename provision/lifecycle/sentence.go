package lifecycle

import (
	"carapace/schema"
	"carapace/schema/text"
)

// TryAgain returns the hint of an operation that was interrupted.
func TryAgain(kind schema.OperationKind) []text.Text {
	switch kind {
	case schema.OperationLaunch:
		return []text.Text{text.New(&text.HintLaunchAgain), text.New(&text.MoneyMayRun)}
	case schema.OperationStart:
		return []text.Text{text.New(&text.HintStartOver), text.New(&text.MoneyMayCost)}
	}
	return []text.Text{text.New(&text.HintAskAgain, text.Args{"operation": kind})}
}

// say sets the description.
func (c *Cluster) say(story []text.Text) {
	c.View.Texts, c.View.Description = story, text.Join(story...)
}

// story returns the description. A state that was written before texts had codes has words alone.
func (c *Cluster) story() []text.Text {
	if len(c.View.Texts) == 0 && c.View.Description != "" {
		return []text.Text{text.Words(c.View.Description)}
	}
	return c.View.Texts
}

// and returns texts with others after them.
func and(texts []text.Text, more ...text.Text) []text.Text {
	return append(texts[:len(texts):len(texts)], more...)
}
