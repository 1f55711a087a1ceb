"""The image, the stack and its deployment, tried with a real engine: `make image-test`."""
