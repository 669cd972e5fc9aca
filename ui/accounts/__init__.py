"""Who is asking: accounts with hashed passwords and API keys, cookies, and what stands before everything else."""
