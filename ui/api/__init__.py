"""For programs: the same answers over HTTP, in OpenAI's form, and as tools of the Model Context Protocol."""
