-- One use more, if the rule still stands. The row's lock lets no two pass at once.
UPDATE standing SET used = used + 1
 WHERE workspace = $1 AND id = $2 AND used < uses AND revoked_at IS NULL AND until > $3
