"""What the integration tests stand on: a RESP client, servers in folders of their own, certificates, and the test case."""
