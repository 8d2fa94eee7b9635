package vault

import (
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Whether compression is worth its time. rsync's -z takes more of the processor than all else
// of a mirror, and gains nothing where contents are compressed already: pictures, films,
// archives, models.
const (
	maxSampled = 16       // of the largest files that are brought
	sampleSize = 32 << 10 // bytes of each, from its middle
	worthShare = 5        // at least a fifth has to go
)

// Shrinks reports whether what a mirror would bring becomes smaller by a fifth or more when it
// is compressed. It reads up to 512 KiB of the largest files in the vault at root.
func (d *Differences) Shrinks(root string) bool {
	var all, saved float64
	for _, file := range d.Largest {
		part := sample(filepath.Join(root, file.Path), file.Bytes)
		if len(part) > 0 {
			all += float64(file.Bytes)
			saved += float64(file.Bytes) * max(0, 1-entropy(part)/8)
		}
	}
	return all > 0 && saved*worthShare >= all
}

// sample is a part of a file; nil where it can't be read, or is no file any more.
func sample(path string, bytes int64) []byte {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	part := make([]byte, min(bytes, sampleSize))
	n, err := file.ReadAt(part, (bytes-int64(len(part)))/2)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return part[:n]
}

// entropy is how many bits a byte of it holds, if none told anything of the next. Of few bytes
// that is too little, by (kinds of bytes − 1) / (2 n ln 2) on average (Miller and Madow, 1955). Pure.
func entropy(part []byte) float64 {
	var counts [256]float64
	for _, b := range part {
		counts[b]++
	}
	n, kinds, bits := float64(len(part)), 0.0, 0.0
	for i := range counts {
		if count := counts[i]; count > 0 {
			kinds++
			bits -= count / n * math.Log2(count/n)
		}
	}
	return bits + (kinds-1)/(2*n*math.Ln2)
}
