<?php
// Which berth a ship takes, in PHP: what PHPUnit is run on.
namespace Harbour;

class Berth
{
    private array $ships = [];

    public function __construct(private int $length = 60) {}

    public function fits(int $ship): bool
    {
        return $this->length > $ship;
    }

    public function bell(?string $ship): string
    {
        if ($ship === null) {
            return 'nobody has arrived';
        }
        return $ship . ' has arrived';
    }

    public function length(): int { return $this->length; }

    public function sunk(): bool { return false; }
}
