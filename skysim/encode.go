package skysim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
)

// The state file has a line of JSON for each part of a world and after them, as they
// are and each once, its texts. Scripts and logs are most of a world, stand in it
// several times, and cost far more to quote than to copy. A part's line is another
// one just when the part is, texts and all, which tells without a second look at the
// world which of SkyPilot's databases were written.
const (
	requestsPart = iota
	clustersPart
	restPart
	parts
)

// part is one of the lines.
type part struct {
	Is    any
	Texts []textID // for each place of a text in it, which text stands there
}

// rest is the last part.
type rest struct {
	*world
	Held []heldText // the file's texts, in their order
}

// textID names a text by what is in it.
type textID uint64

type heldText struct {
	ID   textID
	Size int // in bytes
}

func idOf(text string) textID {
	sum := sha256.Sum256([]byte(text))
	return textID(binary.LittleEndian.Uint64(sum[:]))
}

// texts are the places of a part that hold scripts and logs, in a fixed order.
func (w *world) texts(which int) []*string {
	var places []*string
	ofTask := func(t *task) { places = append(places, &t.Source, &t.Setup, &t.Run) }
	ofClusters := func(clusters []*cluster) {
		for _, c := range clusters {
			ofTask(&c.Task)
			for _, j := range c.Jobs {
				places = append(places, &j.Setup, &j.Run, &j.Log)
			}
		}
	}
	switch which {
	case requestsPart:
		for _, r := range w.Requests {
			ofTask(&r.Plan.Task)
			places = append(places, &r.Log)
		}
	case clustersPart:
		ofClusters(w.Clusters)
	case restPart:
		ofClusters(w.Past)
	}
	return places
}

// encode makes the state file of a world, which is as it was when encode returns.
func encode(w *world) ([]byte, error) {
	var texts []string
	last := rest{world: w}
	ids := map[string]textID{}
	is := [parts]any{&w.Requests, &w.Clusters, &last}
	var lines [parts][]byte
	size := 0
	for i := range is {
		line, err := encodePart(is[i], w.texts(i), func(text string) textID {
			id, known := ids[text]
			if !known {
				id = idOf(text)
				ids[text] = id
				last.Held = append(last.Held, heldText{id, len(text)})
				texts = append(texts, text)
				size += len(text)
			}
			return id
		})
		if err != nil {
			return nil, err
		}
		lines[i] = line
		size += len(line) + 1
	}
	file := make([]byte, 0, size) // a file of tens of kilobytes that grows is copied several times
	for _, line := range lines {
		file = append(append(file, line...), '\n')
	}
	for _, text := range texts {
		file = append(file, text...)
	}
	return file, nil
}

// encodePart makes the line of a part without its texts, each of which it shows to hold.
func encodePart(is any, places []*string, hold func(text string) textID) ([]byte, error) {
	p := part{Is: is}
	held := make([]string, len(places))
	for i, place := range places {
		p.Texts = append(p.Texts, hold(*place))
		held[i], *place = *place, ""
	}
	defer func() {
		for i, place := range places {
			*place = held[i]
		}
	}()
	return json.Marshal(p)
}

var errTexts = errors.New("its texts are not where they should be")

// decode fills an empty world from a state file.
func (w *world) decode(data []byte) error {
	last := rest{world: w}
	lines := [parts]part{{Is: &w.Requests}, {Is: &w.Clusters}, {Is: &last}}
	for i := range lines {
		var line []byte
		line, data, _ = bytes.Cut(data, []byte("\n"))
		if err := json.Unmarshal(line, &lines[i]); err != nil {
			return err
		}
	}
	texts := map[textID]string{}
	all := string(data) // the texts share its memory
	for _, held := range last.Held {
		if held.Size < 0 || held.Size > len(all) {
			return errTexts
		}
		texts[held.ID], all = all[:held.Size], all[held.Size:]
	}
	if all != "" {
		return errTexts
	}
	for i, line := range lines {
		places := w.texts(i)
		if len(places) != len(line.Texts) {
			return errTexts
		}
		for place, id := range line.Texts {
			text, held := texts[id]
			if !held {
				return errTexts
			}
			*places[place] = text
		}
	}
	return nil
}

// differs is whether a part is another one in a state file than in an earlier one,
// or than in a new world where there was none.
func differs(which int, before, after []byte) bool {
	if before == nil {
		before, _ = encode(new(world)) // it has nothing that can't be written
	}
	return !bytes.Equal(lineOf(which, before), lineOf(which, after))
}

func lineOf(which int, data []byte) (line []byte) {
	for range which + 1 {
		line, data, _ = bytes.Cut(data, []byte("\n"))
	}
	return line
}
