/** Starts the page: configuration first, then the live connection, then what is seen. */
import { ConvexReactClient } from "convex/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { loadConfig } from "./config";
import { Unusable } from "./shell/Unusable";
import { applyTheme, readTheme } from "./theme/theme";

applyTheme(readTheme(localStorage), document.documentElement);

const element = document.getElementById("page");
if (!element) throw new Error("index.html has no #page");
const root = createRoot(element);

loadConfig().then(
  (config) => {
    // A token is used until it ends: only the wallet can sign for another.
    const client = new ConvexReactClient(config.convexUrl, { initialAuthTokenReuse: true });
    root.render(
      <StrictMode>
        <App config={config} client={client} />
      </StrictMode>,
    );
  },
  (error: unknown) => root.render(<Unusable error={error} />),
);
