package host

import (
	"strings"
	"testing"
)

func FuzzHealth(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + `{"status":"healthy","api_version":"62","version":"0.14.1","commit":"7e59"}`)
	f.Add("HTTP/1.1 401 Unauthorized\r\n\r\n")
	f.Fuzz(func(t *testing.T, answer string) {
		if h, ok := parseHealth(answer); ok && (h.Status == "" || h.APIVersion == "" || !strings.HasPrefix(answer, "HTTP/1.")) {
			t.Errorf("%+v", h)
		}
	})
}

func FuzzConfiguredEndpoint(f *testing.F) {
	f.Add("api_server:\n  endpoint: http://127.0.0.1:46580\n")
	f.Add("api_server: &a\n  endpoint: *a\n")
	f.Fuzz(func(t *testing.T, config string) {
		if endpoint := parseConfiguredEndpoint([]byte(config)); !strings.Contains(config, "endpoint") && endpoint != "" {
			t.Errorf("%q from nowhere", endpoint)
		}
	})
}
