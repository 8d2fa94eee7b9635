//go:build !linux

package ramdisk

func use() {}
