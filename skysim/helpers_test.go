package skysim

import "time"

// settle waits until the daemon has just looked: what comes now is seen by nobody
// else for most of a minute.
func (l *lab) settle() {
	l.t.Helper()
	var looked time.Time
	if err := l.control().change(func(w *world) { looked = w.Looked }); err != nil {
		l.t.Fatal(err)
	}
	time.Sleep(time.Until(looked.Add(lookEvery + time.Second)))
}

func (l *lab) account(name string) {
	l.t.Helper()
	if err := l.control().SwitchAccount(name); err != nil {
		l.t.Fatal(err)
	}
}
