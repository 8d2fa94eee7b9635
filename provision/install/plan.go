package install

import (
	"path/filepath"
	"slices"
	"strings"
)

// Pythons is what SkyPilot 0.12 to 0.14 run on; Oldest and Newest are the same for a person.
const (
	Pythons = ">=3.9,<3.14"
	Oldest  = "3.9"
	Newest  = "3.13"
)

// PythonNames are the names under which a Python that SkyPilot runs on may be in PATH.
var PythonNames = []string{"python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9"}

// ProbePython is the arguments with which a Python tells its version, and fails afterwards
// if it can't make environments: Debian's python3 has no ensurepip without python3-venv.
func ProbePython() []string {
	return []string{"-c", `import sys; print("%d.%d" % sys.version_info[:2]); import ensurepip, venv`}
}

// PythonFits reports whether SkyPilot runs on the Python that printed this to ProbePython.
func PythonFits(printed string) bool {
	return slices.Contains([]string{"3.9", "3.10", "3.11", "3.12", "3.13"}, strings.TrimSpace(printed))
}

// MakeWithUV is uv's arguments that make an environment. SkyPilot needs the pip in it: it
// builds its own wheel with that at the first launch.
func MakeWithUV(folder string) []string {
	return []string{"venv", "--seed", "--python", Pythons, folder}
}

// MakeWithPython is Python's arguments that make an environment with pip in it.
func MakeWithPython(folder string) []string { return []string{"-m", "venv", folder} }

// GetUV is the arguments of an environment's Python that put uv into Workshop.
func GetUV(folder string) []string {
	return []string{"-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--target", Workshop(folder), "uv"}
}

// Workshop is the folder, in an environment, of what is needed only while SkyPilot is being
// installed by a uv that was got for that. It is removed afterwards.
func Workshop(folder string) string { return filepath.Join(folder, ".install") }

// UV is the uv that GetUV got.
func UV(folder string) string { return filepath.Join(Workshop(folder), "bin", "uv") }

// UVEnvironment is the variables for that uv: it keeps what it downloads in Workshop, whose
// files are those of the environment, by another name, so that they take no space twice.
func UVEnvironment(folder string) []string {
	return []string{"UV_CACHE_DIR=" + filepath.Join(Workshop(folder), "cache")}
}

// Anew is the variable with which uv makes an environment where a first try has left a part of
// one. Older uvs do so by themselves.
const Anew = "UV_VENV_CLEAR=1"

// SystemCertificates is the variables, of newer and older uvs, with which uv trusts what the
// system trusts, and not its own list.
func SystemCertificates() []string { return []string{"UV_SYSTEM_CERTS=true", "UV_NATIVE_TLS=true"} }

// Python is an environment's Python.
func Python(folder string) string { return filepath.Join(Bin(folder), "python") }

// Sky is an environment's sky.
func Sky(folder string) string { return filepath.Join(Bin(folder), "sky") }

// AddSkyPilot is uv's arguments that install SkyPilot with the packages that clouds need.
// SkyPilot's extras have the clouds' names.
func AddSkyPilot(folder, version string, clouds []string) []string {
	args := []string{"pip", "install", "--python", Python(folder), "skypilot[" + strings.Join(clouds, ",") + "]==" + version}
	if slices.Contains(clouds, "vast") {
		args = append(args, vastSDK)
	}
	return args
}

// vastSDK is what SkyPilot needs for Vast. Its extra names any since 0.1.12, and uv chooses 0.2.5 (a newer one wants an
// older cryptography), with which no launch works (docs/skypilot.md, "Vast").
const vastSDK = "vastai-sdk>=1"

// megabyte counts as `du -m` and uv do.
const megabyte = 1 << 20

// What SkyPilot 0.14.1 took on a disk, in megabytes (du -sm, Python 3.11, Linux): 310 by
// itself with the Python environment, and with one cloud each 522 (aws), 455 (gcp), 934
// (azure), 592 (oci), 585 (ibm), 567 (scp), 531 (nebius), 336 to 431 (the others); aws, gcp and
// azure together 1238, all clouds 1901: they share packages. Running it writes 35 of compiled files, uv's cache 50 besides, and uv
// itself takes 40.
const (
	sizeOfSkyPilot = 310 + 35 + 50 + 40
	spare          = 100
)

// sizeOfCloud returns what a cloud's packages take, in megabytes.
func sizeOfCloud(id string) uint64 {
	switch id {
	case "aws":
		return 215
	case "gcp":
		return 145
	case "azure":
		return 625
	case "oci":
		return 285
	case "ibm":
		return 275
	case "scp":
		return 260
	case "nebius":
		return 225
	case "vast":
		return 125
	}
	return 60
}

// Space returns how many bytes an installation needs at most, with some to spare.
func Space(clouds []string) uint64 {
	need := uint64(sizeOfSkyPilot + spare)
	for _, c := range clouds {
		need += sizeOfCloud(c)
	}
	return need * megabyte
}
