"""Small changes of `sim.ipamd` and `sim.aws`, one at a time: do tests notice each of them?"""
