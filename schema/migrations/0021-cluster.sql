-- How often nodes have begun to count anew in a registry that knows of nothing: what they do under it never comes before what was
-- done under an earlier one.
INSERT INTO counters (name, value) VALUES ('cluster_generation', 0);
