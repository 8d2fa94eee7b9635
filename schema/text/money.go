package text

// All words about money. Which of them is said follows from what exists, in package lifecycle.
var (
	// What goes on costing money, as the end of a server's description.

	MoneyNoMachineLeft = Entry{Code: "money.no_machine_left", Message: "No machine is left, and nothing costs money."}
	MoneyNothing       = Entry{Code: "money.nothing", Message: "Nothing of it costs money any more."}
	MoneyMachine       = Entry{Code: "money.machine", Message: "The machine runs and costs money."}
	MoneyMayRun        = Entry{Code: "money.may_run", Message: "A machine may be running and costing money."}
	MoneyMayCost       = Entry{Code: "money.may_cost", Message: "It may be costing money."}
	MoneyMayCome       = Entry{Code: "money.may_come", Message: "A machine may still come up and cost money."}
	MoneyIdle          = Entry{Code: "money.idle", Message: "It would stay up and cost money."}

	MoneyStoppedDisk    = Entry{Code: "money.stopped_disk", Message: "While it is stopped only its disk costs money, until you destroy the server."}
	MoneyStoppedMachine = Entry{Code: "money.stopped_machine", Message: "{cloud} bills a stopped server like a running one: it goes on costing money until you destroy it."}
	MoneyStoppedUnknown = Entry{Code: "money.stopped_unknown", Message: "Its disk is kept and goes on costing money until you destroy the server; whether the machine itself does is not known of this cloud."}

	// Clauses of hints.

	MoneyUntilThen      = Entry{Code: "money.until_then", Message: "Until then the server may go on costing money."}
	MoneyUntilDestroyed = Entry{Code: "money.until_destroyed", Message: "Until it is destroyed it costs money."}
	MoneyWhileThere     = Entry{Code: "money.while_there", Message: "The machine costs money as long as it is there."}
	MoneyLookInConsole  = Entry{Code: "money.look_in_console", Message: "Look in the cloud's console whether a machine of it is there: that would cost money."}
	MoneyDiskOnly       = Entry{Code: "money.disk_only", Message: "Its disk goes on costing money; destroy the server to end that."}

	// A running server with its price.

	MoneyRunning        = Entry{Code: "money.running", Message: "The server is running and costs about {hourly} an hour."}
	MoneyRunningOn      = Entry{Code: "money.running_on", Message: "The server is running on {place} and costs about {hourly} an hour."}
	MoneyBasisOffer     = Entry{Code: "money.basis_offer", Message: "SkyPilot's catalog, in whole cents; without traffic, and without the disk, whose price is not known"}
	MoneyBasisOfferDisk = Entry{Code: "money.basis_offer_disk", Message: "SkyPilot's catalog, in whole cents, and for the disk {source}, as of {date}; without traffic"}
	MoneyBasisExact     = Entry{Code: "money.basis_exact", Message: "SkyPilot's catalog; without traffic, and without the disk, whose price is not known"}
	MoneyBasisExactDisk = Entry{Code: "money.basis_exact_disk", Message: "SkyPilot's catalog, and for the disk {source}, as of {date}; without traffic"}
	MoneyBasisCatalog   = Entry{Code: "money.basis_catalog", Message: "SkyPilot's catalog; without disk and traffic"}
	MoneyBasis          = Entry{Code: "money.basis", Message: "SkyPilot's catalog, when the server was launched; without disk and traffic"}

	// What it costs now and next, beside a server's description.

	MoneyFromWhenUp           = Entry{Code: "money.from_when_up", Message: "The machine costs about {hourly} an hour from when it is up."}
	MoneyFromWhenUpUnpriced   = Entry{Code: "money.from_when_up_unpriced", Message: "The machine costs money from when it is up."}
	MoneyUntilDone            = Entry{Code: "money.until_done", Message: "Until it is done the machine costs about {hourly} an hour."}
	MoneyUntilDoneMay         = Entry{Code: "money.until_done_may", Message: "Until it is done the server may cost money."}
	MoneyWhileRunning         = Entry{Code: "money.while_running", Message: "While it runs it costs about {hourly} an hour, without disk and traffic."}
	MoneyWhileRunningUnpriced = Entry{Code: "money.while_running_unpriced", Message: "While it runs it costs money, how much is not known here, without disk and traffic."}
	MoneyMachinePriced        = Entry{Code: "money.machine_priced", Message: "The machine runs and costs about {hourly} an hour, without disk and traffic."}
	MoneyMachineUnpriced      = Entry{Code: "money.machine_unpriced", Message: "The machine runs and costs money, without disk and traffic."}
	MoneyMachineOwn           = Entry{Code: "money.machine_own", Message: "The machine is your own: SkyPilot knows no price of it."}

	// What an offer costs.

	MoneyOffer         = Entry{Code: "money.offer", Message: "It would be {size} on {place} ({cpus} vCPUs, {memory} GB): about {hourly} an hour, {monthly} a month, without disk and traffic."}
	MoneyHourly        = Entry{Code: "money.hourly", Message: "It costs about {hourly} an hour."}
	MoneyOfferUnpriced = Entry{Code: "money.offer_unpriced", Message: "It would be {size} on {place} ({cpus} vCPUs, {memory} GB), for which SkyPilot knows no price."}

	// The limit of the price.

	PriceAboveLimit = Entry{
		Code: "launch.price_above_limit", Title: "The machine costs more than the limit",
		Message: "{size} costs about {price} an hour in {place}, more than the limit of {limit}.",
		Hint:    "Raise the limit, or choose a smaller machine.",
	}
	PriceTooDear = Entry{
		Code: "launch.too_dear", Title: "No machine within the limit was to be had",
		Message: "No machine was to be had for at most {limit} an hour: the one that came up on {place} costs about {price}.",
		Hint:    "Try again later, raise the limit, or name a region in which the machine costs less.",
	}
	PriceUnknown = Entry{
		Code: "launch.price_unknown", Title: "The price could not be checked",
		Message: "Whether the machine costs more than the limit of {limit} an hour could not be found out.",
		Hint:    "Look at what the server costs in a minute.",
	}
	MoneyNoLimit = Entry{
		Code: "spec.max_hourly_cost", Title: "A machine can't cost that",
		Message: "A machine can't cost {amount} dollars an hour.", Hint: "Use a number of US dollars above 0, or leave it out.",
	}

	ProgressPrice = Entry{Code: "progress.price", Message: "Asking SkyPilot what the machine costs."}
	TaskCostLimit = Entry{
		Code: "task.cost_limit", Title: "This SkyPilot can't limit the cost",
		Message: "SkyPilot {version} can't limit what a machine costs.",
		Hint:    "Update SkyPilot to {minimum} or later, or launch without a limit of the price.",
	}

	// What a server has cost, by SkyPilot's own reckoning, as the answer of cluster.cost has it.

	MoneyTotal          = Entry{Code: "money.total", Message: "So far it has cost {total}. That is without disk and traffic, by SkyPilot's reckoning."}
	MoneyTotalSince     = Entry{Code: "money.total_since", Message: "It has cost {total} since {launched}. That is without disk and traffic, by SkyPilot's reckoning."}
	MoneyTotalEnded     = Entry{Code: "money.total_ended", Message: "It cost {total} until it ended, {ended}. That is without disk and traffic, by SkyPilot's reckoning."}
	MoneyTotalUnasked   = Entry{Code: "money.total_unasked", Message: "What it has cost can't be asked."}
	MoneyTotalGone      = Entry{Code: "money.total_gone", Message: "SkyPilot does not know any more what it has cost. It ended {ended}."}
	MoneyTotalForgotten = Entry{Code: "money.total_forgotten", Message: "What it has cost is not asked any more: it was taken off the list."}
	MoneyTotalUnknown   = Entry{Code: "money.total_unknown", Message: "SkyPilot does not say what it has cost so far."}

	// Prices, as words: of a server in a list, of a machine type.

	MoneyRate      = Entry{Code: "rate.hour", Message: "about {hourly} an hour"}
	MoneyRateMonth = Entry{Code: "rate.month", Message: "about {hourly} an hour, {monthly} a month"}
	MoneyRateSize  = Entry{Code: "rate.size", Message: "about {price} an hour"}
	MoneyRateSpot  = Entry{Code: "rate.spot", Message: "about {price} an hour, spot about {spot}"}
	MoneyDearer    = Entry{Code: "money.dearer", Message: "There are dearer ones."}

	// An amount of the format reckoned.

	MoneyUnderCent = Entry{Code: "amount.under_cent", Message: "less than a cent"}
	MoneyAbout     = Entry{Code: "amount.about", Message: "about {hourly}"}

	// A simulation.

	MoneySimulated      = Entry{Code: "money.simulated", Message: "It is simulated and costs nothing."}
	MoneySimulatedClock = Entry{Code: "money.simulated_clock", Message: "It is simulated and costs nothing: a simulated hour passes in five minutes."}
	MoneySimulation     = Entry{Code: "money.simulation", Message: "SIMULATED: a made-up SkyPilot and cloud inside this program. Nothing is started anywhere and nothing costs money."}

	// Buttons that spend it.

	RemedyLaunchAgain = Entry{Code: "remedy.launch_again", Message: "Launch again (costs money)"}
	RemedyAnyRegion   = Entry{Code: "remedy.any_region", Message: "Launch in whatever region has one (costs money)"}
	RemedyKeepTrying  = Entry{Code: "remedy.keep_trying", Message: "Launch again and keep trying (costs money)"}
	RemedyStart       = Entry{Code: "remedy.start", Message: "Start the server (costs money)"}
	RemedyAllowStart  = Entry{Code: "remedy.allow_deletions_start", Message: "Start (costs money), and delete those files on the server"}
	RemedyAllowLaunch = Entry{Code: "remedy.allow_deletions_launch", Message: "Launch (costs money), and delete those files on the server"}
)
