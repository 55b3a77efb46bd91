SELECT workspace, sealed FROM data_keys
