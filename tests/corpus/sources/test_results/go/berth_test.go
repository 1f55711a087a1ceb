package berths

import "testing"

func TestFits(t *testing.T) {
	for name, ship := range map[string]int{"shorter": 40, "equal": 60} {
		t.Run(name, func(t *testing.T) {
			if !Fits(60, ship) {
				t.Errorf("%d must fit into 60", ship)
			}
		})
	}
}

func TestTooLong(t *testing.T) {
	if Fits(60, 80) {
		t.Fatal("80 must not fit into 60")
	}
}

func TestTide(t *testing.T) { t.Skip("no tide table") }
