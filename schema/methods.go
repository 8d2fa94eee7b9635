package schema

// Method is one method of the protocol, and, as type parameters, its params and its result. All are plain values, so that
// nothing of them is made when the process starts.
type Method[P, R any] struct {
	MethodInfo
}

// IgnoredField is the member of a result that names what was ignored of a request's params, as far as it was: the
// paths of the first of them. Every method that is not Strict may answer with it.
const IgnoredField = "ignored"

// Notification is one notification of the protocol with the type of its params.
type Notification[P any] struct {
	NotificationInfo
}

// MethodInfo is a Method without its types, for what walks over all of them. The types are in Signatures.
type MethodInfo struct {
	_ [0]func() // not comparable: each method's own function for that is code (CONTRIBUTING.md, "Size")
	// Name is as in a request, Summary one or two sentences about the method.
	Name, Summary string
	// Strict is true where a member of the params that this version does not know is refused: of a method that spends,
	// deletes, or decides about either. The others ignore it, so that an app may be newer than its sidecar, and name it in
	// Ignored.
	Strict bool
	// SimulateOnly is true for a method that is there only with --simulate.
	SimulateOnly bool
	// Named is true where the params have the name of a server.
	Named bool
}

// NotificationInfo is a Notification without its type.
type NotificationInfo struct {
	// Name is as in the notification, Summary one or two sentences about it.
	Name, Summary string
}

// Methods lists every method, in the order of the documentation.
var Methods = []*MethodInfo{
	&Initialize.MethodInfo, &Discover.MethodInfo, &Ping.MethodInfo, &Shutdown.MethodInfo, &Doctor.MethodInfo,
	&SkyPilotCheck.MethodInfo, &SkyPilotInstall.MethodInfo, &ProviderList.MethodInfo, &ProviderCheck.MethodInfo,
	&ProviderRegions.MethodInfo, &ProviderSizes.MethodInfo, &ClusterPreview.MethodInfo, &ClusterEstimate.MethodInfo,
	&ClusterLaunch.MethodInfo, &ClusterStart.MethodInfo, &ClusterStop.MethodInfo, &ClusterDestroy.MethodInfo,
	&ClusterSync.MethodInfo, &ClusterCancel.MethodInfo, &ClusterForget.MethodInfo, &ClusterStatus.MethodInfo,
	&ClusterList.MethodInfo, &ClusterLogs.MethodInfo, &ClusterConnection.MethodInfo, &ClusterCost.MethodInfo,
	&ClusterAutostop.MethodInfo, &VaultStatus.MethodInfo, &VaultWatching.MethodInfo, &TunnelOpen.MethodInfo,
	&TunnelClose.MethodInfo, &TunnelList.MethodInfo, &OperationLog.MethodInfo, &OperationGet.MethodInfo, &OperationWait.MethodInfo,
	&OperationList.MethodInfo, &EventList.MethodInfo, &EventsSince.MethodInfo, &PollerConfigure.MethodInfo,
	&ConfigGet.MethodInfo, &ConfigSet.MethodInfo, &SimulateInject.MethodInfo, &SimulateClear.MethodInfo,
	&SimulateOutside.MethodInfo,
}

// Notifications lists every notification that the sidecar sends.
var Notifications = []*NotificationInfo{
	&ClusterStatusChanged.NotificationInfo, &ClusterProgress.NotificationInfo, &ClusterLog.NotificationInfo,
	&DoctorChecked.NotificationInfo, &VaultWatchChange.NotificationInfo, &TunnelEnd.NotificationInfo,
	&ConfigChange.NotificationInfo, &OperationFinished.NotificationInfo,
}

// The methods. The order here is that of the documentation.
var (
	Initialize        = Method[InitializeParams, InitializeResult]{MethodInfo{Name: "initialize", Summary: "Who the sidecar is and what it can do. Optional: every method works without it."}}
	Discover          = Method[Empty, OpenRPC]{MethodInfo{Name: "rpc.discover", Summary: "The OpenRPC document of this protocol."}}
	Ping              = Method[Empty, Empty]{MethodInfo{Name: "ping", Summary: "Answers at once; starts nothing."}}
	Shutdown          = Method[Empty, Empty]{MethodInfo{Name: "shutdown", Summary: "Answers what was asked, then ends the process. What goes on in the cloud goes on."}}
	Doctor            = Method[Empty, DoctorResult]{MethodInfo{Name: "doctor", Summary: "Checks all that a launch needs on this machine and says how to mend what is missing."}}
	SkyPilotCheck     = Method[Empty, SkyPilotCheckResult]{MethodInfo{Name: "skypilot.check", Summary: "Whether SkyPilot is installed and new enough, and how to install it."}}
	SkyPilotInstall   = Method[SkyPilotInstallParams, InstallResult]{MethodInfo{Name: "skypilot.install", Strict: true, Summary: "Installs SkyPilot in a place of its own, without administrator's rights. A SkyPilot that was installed before is used until the new one has been seen to run."}}
	ProviderList      = Method[Empty, ProviderListResult]{MethodInfo{Name: "provider.list", Summary: "The clouds, what each can do, and whether credentials for it are on this machine. No network, and no subprocess but the login shell, once, where a desktop started the sidecar."}}
	ProviderCheck     = Method[ProviderCheckParams, ProviderCheckResult]{MethodInfo{Name: "provider.check", Summary: "Asks SkyPilot whether a cloud is enabled, and why not. Takes seconds."}}
	ProviderRegions   = Method[ProviderRegionsParams, ProviderRegionsResult]{MethodInfo{Name: "provider.regions", Summary: "The regions of a cloud, with their names for people, from SkyPilot's catalog on this machine. Only where that has none of the cloud yet is SkyPilot asked, which takes seconds."}}
	ProviderSizes     = Method[ProviderSizesParams, ProviderSizesResult]{MethodInfo{Name: "provider.sizes", Summary: "The machine types of a cloud, or of one of its regions, with what they cost, the cheapest first, from SkyPilot's catalog as provider.regions."}}
	ClusterPreview    = Method[SpecParams, PreviewResult]{MethodInfo{Name: "cluster.preview", Strict: true, Summary: "What a launch would do: the task, the command, the problems. Starts nothing."}}
	ClusterEstimate   = Method[EstimateParams, EstimateResult]{MethodInfo{Name: "cluster.estimate", Strict: true, Summary: "The machines that fit a spec, with their hourly cost, from SkyPilot's optimizer."}}
	ClusterLaunch     = Method[LaunchParams, OperationResult]{MethodInfo{Name: "cluster.launch", Strict: true, Summary: "Launches a server, or finishes a launch that failed half way. Answers at once."}}
	ClusterStart      = Method[StartParams, OperationResult]{MethodInfo{Name: "cluster.start", Strict: true, Named: true, Summary: "Resumes a stopped server, brings its vaults up to date and runs its run command again."}}
	ClusterStop       = Method[ChangeParams, OperationResult]{MethodInfo{Name: "cluster.stop", Strict: true, Named: true, Summary: "Stops a server, keeping its disk. The message says what goes on costing."}}
	ClusterDestroy    = Method[DestroyParams, OperationResult]{MethodInfo{Name: "cluster.destroy", Strict: true, Named: true, Summary: "Removes a server and all that belongs to it at the cloud. Accepted from every state."}}
	ClusterSync       = Method[SyncParams, OperationResult]{MethodInfo{Name: "cluster.sync", Strict: true, Named: true, Summary: "Makes the vaults on the server exact mirrors of the local ones, deletions too."}}
	ClusterCancel     = Method[NameParams, OperationResult]{MethodInfo{Name: "cluster.cancel", Strict: true, Named: true, Summary: "Cancels the operation in progress. Without a name it cancels an installation, where nothing is in progress on a server."}}
	ClusterForget     = Method[NameParams, Cluster]{MethodInfo{Name: "cluster.forget", Strict: true, Named: true, Summary: "Takes a server off the list that can't be found any more, or whose launch never began: the person says that nothing is there. Says what may remain."}}
	ClusterStatus     = Method[StatusParams, Cluster]{MethodInfo{Name: "cluster.status", Named: true, Summary: "What is known of a server: from memory, or with refresh from the cloud."}}
	ClusterList       = Method[ListParams, ListResult]{MethodInfo{Name: "cluster.list", Summary: "Every server that is ours."}}
	ClusterLogs       = Method[LogsParams, LogsResult]{MethodInfo{Name: "cluster.logs", Named: true, Summary: "The last lines of one of a server's logs; with follow, notifications with those that come."}}
	ClusterConnection = Method[NameParams, ConnectionResult]{MethodInfo{Name: "cluster.connection", Named: true, Summary: "How to reach a running server."}}
	ClusterCost       = Method[NameParams, CostResult]{MethodInfo{Name: "cluster.cost", Named: true, Summary: "What a server costs, and has cost."}}
	ClusterAutostop   = Method[AutostopParams, Cluster]{MethodInfo{Name: "cluster.autostop", Strict: true, Named: true, Summary: "Sets or cancels the idle time after which a server ends itself."}}
	VaultStatus       = Method[VaultStatusParams, VaultStatusResult]{MethodInfo{Name: "vault.status", Named: true, Summary: "Whether each vault on the server is the same as here, and what differs: from what is known here, or with refresh by a comparison that changes nothing."}}
	VaultWatching     = Method[VaultWatchParams, ContinuousSync]{MethodInfo{Name: "vault.watch", Strict: true, Named: true, Summary: "Begins or ends the continuous sync of a server's vaults: what changes here is there within seconds."}}
	TunnelOpen        = Method[TunnelOpenParams, Tunnel]{MethodInfo{Name: "tunnel.open", Named: true, Summary: "Brings a port of a running server to this machine, through SSH and on its loopback interface alone. A port that has a tunnel already is answered with that one."}}
	TunnelClose       = Method[TunnelCloseParams, Empty]{MethodInfo{Name: "tunnel.close", Summary: "Ends a tunnel, with the connections in it."}}
	TunnelList        = Method[Empty, TunnelListResult]{MethodInfo{Name: "tunnel.list", Summary: "The tunnels that are open."}}
	OperationLog      = Method[OperationLogParams, OperationLogResult]{MethodInfo{Name: "operation.log", Summary: "What SkyPilot and the server have printed during an operation, its newest 128 to 256 KiB: for a window that was reloaded."}}
	OperationGet      = Method[OperationGetParams, Operation]{MethodInfo{Name: "operation.get", Summary: "One operation by its id, also one of an earlier run of the sidecar."}}
	OperationWait     = Method[OperationWaitParams, Operation]{MethodInfo{Name: "operation.wait", Summary: "Answers when an operation has ended, whichever sidecar of the state folder drives it; or with what it is at the timeout."}}
	OperationList     = Method[OperationListParams, OperationListResult]{MethodInfo{Name: "operation.list", Summary: "The operations, newest first, those of earlier runs too."}}
	EventList         = Method[EventListParams, EventListResult]{MethodInfo{Name: "event.list", Summary: "What happened to the servers, newest first: changes, external ones too, and ends of operations."}}
	EventsSince       = Method[EventsSinceParams, EventsSinceResult]{MethodInfo{Name: "events.since", Summary: "What happened after a cursor, oldest first; tooOld: read everything again."}}
	PollerConfigure   = Method[PollerParams, PollerResult]{MethodInfo{Name: "poller.configure", Summary: "How often the sidecar looks at the cloud by itself."}}
	ConfigGet         = Method[Empty, Config]{MethodInfo{Name: "config.get", Summary: "What the sidecar keeps for an app."}}
	ConfigSet         = Method[ConfigSetParams, Config]{MethodInfo{Name: "config.set", Strict: true, Summary: "Sets what is kept in the state folder: all sidecars of the folder go by it, those that run now and those that start later."}}
	SimulateInject    = Method[InjectParams, SimulateResult]{MethodInfo{Name: "simulate.inject", SimulateOnly: true, Summary: "Makes the simulated cloud fail in a given way."}}
	SimulateClear     = Method[Empty, SimulateResult]{MethodInfo{Name: "simulate.clear", SimulateOnly: true, Summary: "Takes all injected faults away."}}
	SimulateOutside   = Method[OutsideParams, SimulateResult]{MethodInfo{Name: "simulate.outside", SimulateOnly: true, Summary: "Changes the simulated server behind SkyPilot's back."}}
)

// The notifications that the sidecar sends.
var (
	ClusterStatusChanged = Notification[StatusChanged]{NotificationInfo{Name: "cluster.statusChanged", Summary: "A server's state changed; holds the whole state."}}
	ClusterProgress      = Notification[Progress]{NotificationInfo{Name: "cluster.progress", Summary: "How an operation gets on."}}
	ClusterLog           = Notification[LogLine]{NotificationInfo{Name: "cluster.log", Summary: "A line of a server's log."}}
	DoctorChecked        = Notification[Checked]{NotificationInfo{Name: "doctor.checked", Summary: "A check of doctor has ended: each is told once, as it ends, before the answer, which has all of them in their order. The check launch is the last."}}
	VaultWatchChange     = Notification[VaultWatchChanged]{NotificationInfo{Name: "vault.watchChanged", Summary: "The continuous sync of a server's vaults stands otherwise."}}
	TunnelEnd            = Notification[TunnelClosed]{NotificationInfo{Name: "tunnel.closed", Summary: "A tunnel has ended: exactly once for each that was open."}}
	ConfigChange         = Notification[ConfigChanged]{NotificationInfo{Name: "config.changed", Summary: "Something that is kept was set, by this host or another."}}
	OperationFinished    = Notification[Finished]{NotificationInfo{Name: "operation.finished", Summary: "An operation has ended: exactly once for each operation and sidecar process that was there."}}
)
