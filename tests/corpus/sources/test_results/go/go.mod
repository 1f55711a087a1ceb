module harbour.example/berths

go 1.20
