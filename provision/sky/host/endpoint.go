package host

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"carapace/schema/text"
)

// defaultPort is where SkyPilot's local API server listens (docs/skypilot.md, "The API server").
const defaultPort = "46580"

// Endpoint is the API server that sky talks to. It holds no password.
type Endpoint struct {
	URL string // without a trailing slash
	// Local is true for the server that sky starts on this machine by itself: no
	// other is ours to start or restart. The shortcuts that look at this machine
	// (credentials' places, file times) hold only for it. A server elsewhere that
	// is forwarded to a local port is not local: it was configured.
	Local bool
}

// port is the port of the server that sky starts on this machine, "" for others.
func (e Endpoint) port() string {
	u, err := url.Parse(e.URL)
	if err != nil || !e.Local {
		return ""
	}
	return u.Port()
}

// ResolveEndpoint finds the API server as SkyPilot does (docs/skypilot.md, "The API server"): the
// variable, then the user's configuration, then the local port. It reads one
// small file; one that can't be read or understood counts as missing, as the
// real sky will say what is wrong with it.
func ResolveEndpoint(h Host) Endpoint {
	local := "http://127.0.0.1:" + localPort(h)
	configured := h.getenv("SKYPILOT_API_SERVER_ENDPOINT")
	if configured == "" {
		configured = configuredEndpoint(h)
	}
	configured = strings.TrimRight(strings.TrimSpace(configured), "/")
	if configured == "" || sameServer(configured, local) {
		return Endpoint{URL: local, Local: true}
	}
	return Endpoint{URL: withoutPassword(configured)}
}

func localPort(h Host) string {
	if port := h.getenv("SKYPILOT_API_SERVER_LOCAL_PORT"); port != "" && strings.Trim(port, "0123456789") == "" {
		return port
	}
	return defaultPort
}

// configPath is where SkyPilot's configuration of the user is.
func (h Host) configPath() string {
	path := h.getenv("SKYPILOT_GLOBAL_CONFIG")
	if path == "" {
		path = filepath.Join(h.Home, ".sky", "config.yaml")
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(h.Home, rest)
	}
	return path
}

func configuredEndpoint(h Host) string {
	raw, err := os.ReadFile(h.configPath())
	if err != nil {
		return ""
	}
	return parseConfiguredEndpoint(raw)
}

func parseConfiguredEndpoint(raw []byte) string {
	var config struct {
		APIServer struct {
			Endpoint string `yaml:"endpoint"`
		} `yaml:"api_server"`
	}
	if yaml.Unmarshal(raw, &config) != nil {
		return ""
	}
	return config.APIServer.Endpoint
}

// sameServer: sky itself takes these names for the local one.
func sameServer(a, local string) bool {
	u, err := url.Parse(a)
	l, lerr := url.Parse(local)
	if err != nil || lerr != nil || u.User != nil || u.Scheme != "http" || u.Port() != l.Port() {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified())
}

func withoutPassword(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return text.New(&text.PlaceAddress).Message()
	}
	u.User = nil
	return u.String()
}
