// Which berth a ship takes, in JavaScript: what Jest, Vitest, Mocha, nyc and ESLint are run on.
function fits(berth, ship) {
  return berth > ship;
}

function bell(ship) {
  if (!ship) {
    return "nobody has arrived";
  }
  return ship + " has arrived";
}

module.exports = { fits, bell };
