module carapace/bench

go 1.26.0

require (
	carapace v0.0.0
	github.com/sourcegraph/jsonrpc2 v0.2.3
)

require golang.org/x/sys v0.49.0 // indirect

replace carapace => ../
