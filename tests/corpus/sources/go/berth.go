// Package harbour tells which berth a ship takes, in Go: what go test is run on.
package harbour

// Fits tells whether a ship fits into a berth.
func Fits(berth, ship int) bool {
	return berth > ship
}

// Bell names the ship that has arrived.
func Bell(ship string) string {
	if ship == "" {
		return "nobody has arrived"
	}
	return ship + " has arrived"
}
