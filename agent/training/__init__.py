"""The labelled replies, and how the classifier is built from them; nothing here is needed at run time."""
