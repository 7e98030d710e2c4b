"""What is decided about deliveries afterwards: losses, withdrawal, erasure, retention, rebuild."""
