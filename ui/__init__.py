"""The page: a chat in the browser whose answers show, beside them, the words they stand on."""

import os

# Gradio reads these when it is imported, so they are set before any module of this package can import it: nothing
# phones home, nothing but the page is served.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_MCP_SERVER"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["GRADIO_SSR_MODE"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
