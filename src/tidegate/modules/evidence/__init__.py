"""Reports as tools wrote them: kept byte for byte, read once, judged with the answer."""
