package text

// SkyPilot's catalog of regions and machine types.
var (
	CatalogMissing = Entry{
		Code: "catalog.missing", Title: "SkyPilot has no catalog of this cloud yet",
		Message: "SkyPilot has not loaded the machine types of {cloud} yet.", Hint: "Set the cloud up first; a check of its credentials says what is missing.",
	}
	CatalogElsewhere = Entry{
		Code: "catalog.elsewhere", Title: "The catalog is on another machine",
		Message: "SkyPilot's API server is on another machine, and its catalog too.", Hint: "Look at the offers instead.",
	}
	CatalogOwn = Entry{
		Code: "catalog.own", Title: "The machines are your own",
		Message: "The machines of {cloud} are your own: there is no catalog of them.", Hint: "Launch with the number of processors and the memory that you need.",
	}
	CatalogNoRegion = Entry{
		Code: "catalog.no_region", Title: "There is no such region",
		Message: "SkyPilot knows no region {given} of {cloud}.", Hint: "provider.regions names them all.",
	}
	CatalogWish = Entry{
		Code: "catalog.wish", Title: "That is no number",
		Message: "{field} must be a number, with a + for at least that many.", Hint: "Write 4, or 4+.",
	}
)
