package skysim

import (
	"bytes"
	"encoding/json"
	"errors"
)

// stateFile is the state file: the world as one line of JSON without its texts,
// and after it the texts as they are, each once. Scripts and logs are most of a
// world, stand in it several times, and cost far more to quote than to copy.
type stateFile struct {
	*world
	Sizes []int // of the texts, in bytes
	Texts []int // for each place in world.texts, which of the texts stands there
}

// texts are the places of a world that hold scripts and logs, in a fixed order.
func (w *world) texts() []*string {
	var places []*string
	ofTask := func(t *task) { places = append(places, &t.Source, &t.Setup, &t.Run) }
	for _, r := range w.Requests {
		ofTask(&r.Plan.Task)
		places = append(places, &r.Log)
	}
	for _, clusters := range [][]*cluster{w.Clusters, w.Past} {
		for _, c := range clusters {
			ofTask(&c.Task)
			for _, j := range c.Jobs {
				places = append(places, &j.Setup, &j.Run, &j.Log)
			}
		}
	}
	return places
}

// encode makes the state file of a world, which is as it was when encode returns.
func encode(w *world) ([]byte, error) {
	places := w.texts()
	held := make([]string, len(places))
	for i, place := range places {
		held[i], *place = *place, ""
	}
	defer func() {
		for i, place := range places {
			*place = held[i]
		}
	}()
	file := stateFile{world: w}
	var texts bytes.Buffer
	known := map[string]int{}
	for _, text := range held {
		which, found := known[text]
		if !found {
			which = len(known)
			known[text] = which
			file.Sizes = append(file.Sizes, len(text))
			texts.WriteString(text)
		}
		file.Texts = append(file.Texts, which)
	}
	data, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	data = append(data, '\n')
	return append(data, texts.Bytes()...), nil
}

var errTexts = errors.New("its texts are not where they should be")

// decode fills an empty world from a state file.
func (w *world) decode(data []byte) error {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	file := stateFile{world: w}
	if err := json.Unmarshal(line, &file); err != nil {
		return err
	}
	texts := make([]string, 0, len(file.Sizes))
	all := string(rest) // the texts share its memory
	for _, size := range file.Sizes {
		if size < 0 || size > len(all) {
			return errTexts
		}
		texts, all = append(texts, all[:size]), all[size:]
	}
	places := w.texts()
	if len(places) != len(file.Texts) || all != "" {
		return errTexts
	}
	for i, which := range file.Texts {
		if which < 0 || which >= len(texts) {
			return errTexts
		}
		*places[i] = texts[which]
	}
	return nil
}
