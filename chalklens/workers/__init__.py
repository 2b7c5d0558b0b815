"""Supervised child processes: everything heavy runs in one, never in the server process.

How it is used: `process.WorkerProcess(spec)` or a `pool.WorkerPool` of them on one side,
`host.serve_operations` on the other. What it leaves out: what the children do.
"""
