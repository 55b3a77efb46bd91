-- Values that lie beside the database.
SELECT workspace, digest FROM blobs WHERE bytes IS NULL
