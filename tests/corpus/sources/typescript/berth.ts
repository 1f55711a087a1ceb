// Which berth a ship takes, in TypeScript: what tsc is run on.
export function fits(berth: number, ship: number): boolean {
  return berth > ship;
}

export function bell(ship: string): number {
  return ship + " has arrived";
}
