package lifecycle

import (
	"testing"
	"time"
)

func TestSecondsOfAClockThatWasSetBack(t *testing.T) {
	for passed, want := range map[time.Duration]float64{-time.Hour: 0, 0: 0, 1234 * time.Millisecond: 1.2} {
		if got := Seconds(passed); got != want {
			t.Errorf("Seconds(%s) is %v, want %v", passed, got, want)
		}
	}
}
