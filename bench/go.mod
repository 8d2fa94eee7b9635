module carapace/bench

go 1.26.0

require (
	carapace v0.0.0
	github.com/sourcegraph/jsonrpc2 v0.2.3
)

replace carapace => ../
