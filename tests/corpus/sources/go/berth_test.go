package harbour

import "testing"

func TestABerthTakesAShorterShip(t *testing.T) {
	if !Fits(60, 40) {
		t.Fatal("60 does not take 40")
	}
}

func TestABerthTakesAShipOfItsLength(t *testing.T) {
	if !Fits(60, 60) {
		t.Fatal("60 does not take 60")
	}
}

func TestTheBellNamesTheShip(t *testing.T) {
	if Bell("Alma") != "Alma has arrived" {
		t.Fatal(Bell("Alma"))
	}
}
