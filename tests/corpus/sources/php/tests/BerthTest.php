<?php
use Harbour\Berth;
use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/../src/Berth.php';

final class BerthTest extends TestCase
{
    public function testTakesAShorterShip(): void
    {
        $this->assertTrue((new Berth(60))->fits(40));
    }

    public function testTheBellNamesTheShip(): void
    {
        $berth = new Berth();
        $this->assertSame('Alma has arrived', $berth->bell('Alma'));
        $this->assertSame(60, $berth->length());
    }
}
