package schema

import "reflect"

// Signature has the types of a method or a notification.
type Signature struct {
	// Params is the type of the params, Result that of the result: nil of a notification.
	Params, Result reflect.Type
}

// Signatures are the types of all that crosses the pipe, by the name of the method or notification. Only the generator and tests
// walk over them: the program does not hold them.
func Signatures() map[string]Signature {
	all := map[string]Signature{}
	methodTypes(all, Initialize)
	methodTypes(all, Discover)
	methodTypes(all, Ping)
	methodTypes(all, Shutdown)
	methodTypes(all, Doctor)
	methodTypes(all, SkyPilotCheck)
	methodTypes(all, SkyPilotInstall)
	methodTypes(all, ProviderList)
	methodTypes(all, ProviderCheck)
	methodTypes(all, ProviderRegions)
	methodTypes(all, ProviderSizes)
	methodTypes(all, ClusterPreview)
	methodTypes(all, ClusterEstimate)
	methodTypes(all, ClusterLaunch)
	methodTypes(all, ClusterStart)
	methodTypes(all, ClusterStop)
	methodTypes(all, ClusterDestroy)
	methodTypes(all, ClusterSync)
	methodTypes(all, ClusterCancel)
	methodTypes(all, ClusterForget)
	methodTypes(all, ClusterStatus)
	methodTypes(all, ClusterList)
	methodTypes(all, ClusterLogs)
	methodTypes(all, ClusterConnection)
	methodTypes(all, ClusterCost)
	methodTypes(all, ClusterAutostop)
	methodTypes(all, VaultStatus)
	methodTypes(all, VaultWatching)
	methodTypes(all, TunnelOpen)
	methodTypes(all, TunnelClose)
	methodTypes(all, TunnelList)
	methodTypes(all, OperationLog)
	methodTypes(all, OperationGet)
	methodTypes(all, OperationWait)
	methodTypes(all, OperationList)
	methodTypes(all, EventList)
	methodTypes(all, EventsSince)
	methodTypes(all, PollerConfigure)
	methodTypes(all, ConfigGet)
	methodTypes(all, ConfigSet)
	methodTypes(all, SimulateInject)
	methodTypes(all, SimulateClear)
	methodTypes(all, SimulateOutside)
	notificationTypes(all, ClusterStatusChanged)
	notificationTypes(all, ClusterProgress)
	notificationTypes(all, ClusterLog)
	notificationTypes(all, DoctorChecked)
	notificationTypes(all, VaultWatchChange)
	notificationTypes(all, TunnelEnd)
	notificationTypes(all, ConfigChange)
	notificationTypes(all, OperationFinished)
	return all
}

func methodTypes[P, R any](all map[string]Signature, m Method[P, R]) {
	all[m.Name] = Signature{reflect.TypeFor[P](), reflect.TypeFor[R]()}
}

func notificationTypes[P any](all map[string]Signature, n Notification[P]) {
	all[n.Name] = Signature{Params: reflect.TypeFor[P]()}
}
