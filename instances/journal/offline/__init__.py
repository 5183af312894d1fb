"""What is handed to auditors, who have nothing but a Python."""
