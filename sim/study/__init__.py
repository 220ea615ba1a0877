"""Many runs: replications, comparison, sweep, recommendation, and where runs run."""
