package schema

import "reflect"

// Method is one method of the protocol: its name, and, as type parameters, its
// params and its result. A value is made by define, once.
type Method[P, R any] struct {
	_    [0]func() // not comparable: each method's own function for that is code (CONTRIBUTING.md, "Size")
	Name string    // as in a request
	// Strict is true where a member of the params that this version does not know is refused: of a method that spends,
	// deletes, or decides about either. The others ignore it, so that an app may be newer than its sidecar, and name it in
	// Ignored.
	Strict bool
}

// IgnoredField is the member of a result that names what was ignored of a request's params, as far as it was: the
// paths of the first of them. Every method that is not Strict may answer with it.
const IgnoredField = "ignored"

// Notification is one notification of the protocol with the type of its params.
type Notification[P any] struct {
	Name string // as in the notification
}

// MethodInfo is a Method without its type parameters, for what walks over all
// of them (dispatch, generators).
type MethodInfo struct {
	// Name is that of the Method, Summary one or two sentences about it.
	Name, Summary string
	// Params and Result are zero values of the method's types.
	Params, Result any
	// SimulateOnly is true for a method that is there only with --simulate.
	SimulateOnly bool
	// Strict is as in Method.
	Strict bool
}

// NotificationInfo is a Notification without its type parameter.
type NotificationInfo struct {
	// Name is that of the Notification, Summary one or two sentences about it.
	Name, Summary string
	// Params is a zero value of the notification's params.
	Params any
}

// Methods lists every method, in the order of the documentation. It is complete
// once the package is initialised and never changes after that.
var Methods []MethodInfo

// Notifications lists every notification that the sidecar sends.
var Notifications []NotificationInfo

// define holds the types alone: all else is in list, which is not made anew for each (CONTRIBUTING.md, "Size").
func define[P, R any](name, summary string) Method[P, R] {
	return Method[P, R]{Name: list(name, summary, (*P)(nil), (*R)(nil))}
}

func defineStrict[P, R any](name, summary string) Method[P, R] {
	return Method[P, R]{Name: listStrict(name, summary, (*P)(nil), (*R)(nil)), Strict: true}
}

// listStrict is list for a method that is strict.
func listStrict(name, summary string, params, result any) string {
	list(name, summary, params, result)
	Methods[len(Methods)-1].Strict = true
	return name
}

// list adds to Methods, and returns the name. params and result are pointers to what they are.
func list(name, summary string, params, result any) string {
	Methods = append(Methods, MethodInfo{Name: name, Summary: summary, Params: zero(params), Result: zero(result)})
	return name
}

// zero is the zero value of what a pointer points to.
func zero(pointer any) any { return reflect.Zero(reflect.TypeOf(pointer).Elem()).Interface() }

func defineSimulated[P, R any](name, summary string) Method[P, R] {
	return Method[P, R]{Name: listSimulated(name, summary, (*P)(nil), (*R)(nil))}
}

// listSimulated is list for a method that is there only with --simulate.
func listSimulated(name, summary string, params, result any) string {
	list(name, summary, params, result)
	Methods[len(Methods)-1].SimulateOnly = true
	return name
}

func notify[P any](name, summary string) Notification[P] {
	return Notification[P]{Name: listNotification(name, summary, (*P)(nil))}
}

// listNotification is list for notifications.
func listNotification(name, summary string, params any) string {
	Notifications = append(Notifications, NotificationInfo{Name: name, Summary: summary, Params: zero(params)})
	return name
}

// The methods. The order here is that of the documentation.
var (
	Initialize        = define[InitializeParams, InitializeResult]("initialize", "Who the sidecar is and what it can do. Optional: every method works without it.")
	Discover          = define[Empty, OpenRPC]("rpc.discover", "The OpenRPC document of this protocol.")
	Ping              = define[Empty, Empty]("ping", "Answers at once; starts nothing.")
	Shutdown          = define[Empty, Empty]("shutdown", "Answers what was asked, then ends the process. What goes on in the cloud goes on.")
	Doctor            = define[Empty, DoctorResult]("doctor", "Checks all that a launch needs on this machine and says how to mend what is missing.")
	SkyPilotCheck     = define[Empty, SkyPilotCheckResult]("skypilot.check", "Whether SkyPilot is installed and new enough, and how to install it.")
	SkyPilotInstall   = defineStrict[SkyPilotInstallParams, InstallResult]("skypilot.install", "Installs SkyPilot in a place of its own, without administrator's rights. A SkyPilot that was installed before is used until the new one has been seen to run.")
	ProviderList      = define[Empty, ProviderListResult]("provider.list", "The clouds, what each can do, and whether credentials for it are on this machine. No network, and no subprocess but the login shell, once, where a desktop started the sidecar.")
	ProviderCheck     = define[ProviderCheckParams, ProviderCheckResult]("provider.check", "Asks SkyPilot whether a cloud is enabled, and why not. Takes seconds.")
	ProviderRegions   = define[ProviderRegionsParams, ProviderRegionsResult]("provider.regions", "The regions of a cloud, with their names for people, from SkyPilot's catalog on this machine. Only where that has none of the cloud yet is SkyPilot asked, which takes seconds.")
	ProviderSizes     = define[ProviderSizesParams, ProviderSizesResult]("provider.sizes", "The machine types of a cloud, or of one of its regions, with what they cost, the cheapest first, from SkyPilot's catalog as provider.regions.")
	ClusterPreview    = defineStrict[SpecParams, PreviewResult]("cluster.preview", "What a launch would do: the task, the command, the problems. Starts nothing.")
	ClusterEstimate   = defineStrict[EstimateParams, EstimateResult]("cluster.estimate", "The machines that fit a spec, with their hourly cost, from SkyPilot's optimizer.")
	ClusterLaunch     = defineStrict[LaunchParams, OperationResult]("cluster.launch", "Launches a server, or finishes a launch that failed half way. Answers at once.")
	ClusterStart      = defineStrict[StartParams, OperationResult]("cluster.start", "Resumes a stopped server, brings its vaults up to date and runs its run command again.")
	ClusterStop       = defineStrict[ChangeParams, OperationResult]("cluster.stop", "Stops a server, keeping its disk. The message says what goes on costing.")
	ClusterDestroy    = defineStrict[DestroyParams, OperationResult]("cluster.destroy", "Removes a server and all that belongs to it at the cloud. Accepted from every state.")
	ClusterSync       = defineStrict[SyncParams, OperationResult]("cluster.sync", "Makes the vaults on the server exact mirrors of the local ones, deletions too.")
	ClusterCancel     = defineStrict[NameParams, OperationResult]("cluster.cancel", "Cancels the operation in progress. Without a name it cancels an installation, where nothing is in progress on a server.")
	ClusterForget     = defineStrict[NameParams, Cluster]("cluster.forget", "Takes a server off the list that can't be found any more, or whose launch never began: the person says that nothing is there. Says what may remain.")
	ClusterStatus     = define[StatusParams, Cluster]("cluster.status", "What is known of a server: from memory, or with refresh from the cloud.")
	ClusterList       = define[ListParams, ListResult]("cluster.list", "Every server that is ours.")
	ClusterLogs       = define[LogsParams, LogsResult]("cluster.logs", "The last lines of one of a server's logs; with follow, notifications with those that come.")
	ClusterConnection = define[NameParams, ConnectionResult]("cluster.connection", "How to reach a running server.")
	ClusterCost       = define[NameParams, CostResult]("cluster.cost", "What a server costs, and has cost.")
	ClusterAutostop   = defineStrict[AutostopParams, Cluster]("cluster.autostop", "Sets or cancels the idle time after which a server ends itself.")
	VaultStatus       = define[VaultStatusParams, VaultStatusResult]("vault.status", "Whether each vault on the server is the same as here, and what differs: from what is known here, or with refresh by a comparison that changes nothing.")
	VaultWatching     = defineStrict[VaultWatchParams, ContinuousSync]("vault.watch", "Begins or ends the continuous sync of a server's vaults: what changes here is there within seconds.")
	TunnelOpen        = define[TunnelOpenParams, Tunnel]("tunnel.open", "Brings a port of a running server to this machine, through SSH and on its loopback interface alone. A port that has a tunnel already is answered with that one.")
	TunnelClose       = define[TunnelCloseParams, Empty]("tunnel.close", "Ends a tunnel, with the connections in it.")
	TunnelList        = define[Empty, TunnelListResult]("tunnel.list", "The tunnels that are open.")
	OperationLog      = define[OperationLogParams, OperationLogResult]("operation.log", "What SkyPilot and the server have printed during an operation, its newest 128 to 256 KiB: for a window that was reloaded.")
	OperationGet      = define[OperationGetParams, Operation]("operation.get", "One operation by its id, also one of an earlier run of the sidecar.")
	OperationWait     = define[OperationWaitParams, Operation]("operation.wait", "Answers when an operation has ended, whichever sidecar of the state folder drives it; or with what it is at the timeout.")
	OperationList     = define[OperationListParams, OperationListResult]("operation.list", "The operations, newest first, those of earlier runs too.")
	EventList         = define[EventListParams, EventListResult]("event.list", "What happened to the servers, newest first: changes, external ones too, and ends of operations.")
	EventsSince       = define[EventsSinceParams, EventsSinceResult]("events.since", "What happened after a cursor, oldest first; tooOld: read everything again.")
	PollerConfigure   = define[PollerParams, PollerResult]("poller.configure", "How often the sidecar looks at the cloud by itself.")
	ConfigGet         = define[Empty, Config]("config.get", "What the sidecar keeps for an app.")
	ConfigSet         = defineStrict[ConfigSetParams, Config]("config.set", "Sets what is kept in the state folder: all sidecars of the folder go by it, those that run now and those that start later.")
	SimulateInject    = defineSimulated[InjectParams, SimulateResult]("simulate.inject", "Makes the simulated cloud fail in a given way.")
	SimulateClear     = defineSimulated[Empty, SimulateResult]("simulate.clear", "Takes all injected faults away.")
	SimulateOutside   = defineSimulated[OutsideParams, SimulateResult]("simulate.outside", "Changes the simulated server behind SkyPilot's back.")
)

// The notifications that the sidecar sends.
var (
	ClusterStatusChanged = notify[StatusChanged]("cluster.statusChanged", "A server's state changed; holds the whole state.")
	ClusterProgress      = notify[Progress]("cluster.progress", "How an operation gets on.")
	ClusterLog           = notify[LogLine]("cluster.log", "A line of a server's log.")
	DoctorChecked        = notify[Checked]("doctor.checked", "A check of doctor has ended: each is told once, as it ends, before the answer, which has all of them in their order. The check launch is the last.")
	VaultWatchChange     = notify[VaultWatchChanged]("vault.watchChanged", "The continuous sync of a server's vaults stands otherwise.")
	TunnelEnd            = notify[TunnelClosed]("tunnel.closed", "A tunnel has ended: exactly once for each that was open.")
	ConfigChange         = notify[ConfigChanged]("config.changed", "Something that is kept was set, by this host or another.")
	OperationFinished    = notify[Finished]("operation.finished", "An operation has ended: exactly once for each operation and sidecar process that was there.")
)
