//go:build e2e && linux

package windows

import (
	"bytes"
	"encoding/binary"
)

// random returns a bcryptprimitives.dll for Windows on amd64, from which Go's runtime takes its random numbers, and which Wine
// 8.0 lacks: its one function, ProcessPrng, is forwarded to the one of advapi32.dll that does the same.
func random() []byte {
	const at, align = 0x1000, 0x200 // of the one section: in memory, and in the file
	names, where := []byte{}, []uint32{}
	for _, name := range []string{"bcryptprimitives.dll", "ProcessPrng", "advapi32.SystemFunction036"} {
		where = append(where, at+50+uint32(len(names)))
		names = append(append(names, name...), 0)
	}
	var section, file bytes.Buffer
	put := func(b *bytes.Buffer, values ...any) {
		for _, v := range values {
			_ = binary.Write(b, binary.LittleEndian, v) // a Buffer takes all
		}
	}
	// The table of exports, and its three lists of one: addresses, names, ordinals.
	put(&section, uint64(0), uint32(0), where[0], [3]uint32{1, 1, 1}, [3]uint32{at + 40, at + 44, at + 48}, where[2], where[1], uint16(0), names)
	size := uint32(section.Len())
	section.Write(make([]byte, align-section.Len()%align))

	put(&file, [2]byte{'M', 'Z'}, [58]byte{}, uint32(64), [4]byte{'P', 'E'})
	put(&file, [2]uint16{0x8664, 1}, [3]uint32{}, [2]uint16{240, 0x2022})
	put(&file, uint16(0x20b), uint16(0), uint32(section.Len()), [3]uint32{}, uint32(at), uint64(0x180000000), [2]uint32{at, align}, [6]uint16{6, 0, 0, 0, 6, 0})
	put(&file, uint32(0), uint32(2*at), uint32(align), uint32(0), [2]uint16{3, 0x160}, [4]uint64{0x100000, at, 0x100000, at}, [2]uint32{0, 16})
	put(&file, [2]uint32{at, size}, [15]uint64{})
	put(&file, [8]byte{'.', 'e', 'd', 'a', 't', 'a'}, [4]uint32{size, at, uint32(section.Len()), align}, [3]uint32{}, uint32(0x40000040))
	file.Write(make([]byte, align-file.Len()))
	return append(file.Bytes(), section.Bytes()...)
}
