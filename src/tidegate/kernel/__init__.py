"""What every module stands on: database, HTTP, blobs, clock, logging, composition."""
