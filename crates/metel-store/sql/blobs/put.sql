-- A value that is there already is left as it is: the same digest is the same value.
INSERT INTO blobs (workspace, digest, size, bytes)
VALUES ($1, $2, $3, $4)
ON CONFLICT (workspace, digest) DO NOTHING
