/** The links to all pages that this visitor can use. */
import { useConvexAuth, useQuery } from "convex/react";
import { Link, useRoute } from "wouter";
import { api } from "../../../convex/_generated/api";
import type { WebConfig } from "../config";
import { type PageRoute, ROUTES } from "../routes";
import styles from "./shell.module.css";

function NavigationLink({ path, name }: Pick<PageRoute, "path" | "name">) {
  const [isHere] = useRoute(path);
  return (
    <Link href={path.replace("/*?", "")} aria-current={isHere ? "page" : undefined}>
      {name}
    </Link>
  );
}

export function Navigation({ config }: { config: WebConfig }) {
  const { isAuthenticated } = useConvexAuth();
  const roles = useQuery(api.operations.getMyRoles, isAuthenticated ? {} : "skip") ?? [];
  const isOffered = ({ name, audience }: PageRoute) => {
    if (name === null) return false;
    if (audience === "roles") return roles.length > 0;
    return audience === "everyone" || config.local !== null;
  };
  return (
    <nav aria-label="Pages" className={styles.pages}>
      {ROUTES.filter(isOffered).map(({ path, name }) => (
        <NavigationLink key={path} path={path} name={name} />
      ))}
    </nav>
  );
}
