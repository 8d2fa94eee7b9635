package host

import "golang.org/x/sys/windows"

// FreeSpace is how many bytes this user may still write to the disk that holds a
// folder.
func FreeSpace(dir string) (bytes uint64, ok bool) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil || windows.GetDiskFreeSpaceEx(name, &bytes, nil, nil) != nil {
		return 0, false
	}
	return bytes, true
}
