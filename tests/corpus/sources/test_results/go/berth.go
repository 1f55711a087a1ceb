// Package berths tells which berth a ship takes.
package berths

// Fits tells whether a ship fits into a berth.
func Fits(berth, ship int) bool { return berth > ship }
