/** For those who run the deployment: what is wrong, what is stopped, who did what; and the acts that their roles give. */
import { useConvex } from "convex/react";
import type { FunctionReference } from "convex/server";
import { Link, Route, Switch, useLocation } from "wouter";
import { api } from "../../../convex/_generated/api";
import { SignedIn, useAccount } from "../account/AccountProvider";
import type { PageProps } from "../routes";
import { useSession } from "../session/SessionProvider";
import { Card } from "../ui/Card";
import { Empty } from "../ui/Empty";
import { Placeholder } from "../ui/Live";
import { Page } from "../ui/Page";
import { ActDialogs } from "./acts/ActDialogs";
import { ACT_FUNCTIONS, ACTS, type Role } from "./acts/acts";
import { type Operator, OperatorContext } from "./acts/operator";
import { refusedBy } from "./acts/refused";
import { useAsked } from "./asking/useAsked";
import { lastAnswer } from "./asking/usePolled";
import style from "./operations.module.css";
import { PLACES } from "./places";
import { RolesNeeded } from "./RolesNeeded";

function useOperatorOf(roles: Role[]): Operator {
  const client = useConvex();
  const { expire } = useSession();
  const { address, hindrance } = useAccount();
  return {
    address,
    roles,
    hindrance,
    async perform(act, args) {
      try {
        const call: FunctionReference<"action"> = ACT_FUNCTIONS[act];
        return await client.action(call, args);
      } catch (error) {
        if (refusedBy(error).code === "NOT_SIGNED_IN") expire();
        throw error;
      }
    },
    async newest(act) {
      const asked = { act: ACTS[act].recorded, paginationOpts: { numItems: 1, cursor: null } };
      const found = await client.query(api.operations.listActs, asked).catch(() => null);
      return found?.page[0] ?? null;
    },
  };
}

export function Places() {
  const [here] = useLocation();
  return (
    <nav className={style.places} aria-label="Operations">
      {PLACES.map(({ path, name }) => (
        <Link key={path} href={path} aria-current={here === path ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Operations({ roles }: { roles: Role[] }) {
  const operator = useOperatorOf(roles);
  return (
    <OperatorContext value={operator}>
      <p className={style.who}>You are {roles.join(", ")} of this deployment.</p>
      <div className={style.layout}>
        <Places />
        <div className={style.content}>
          <ActDialogs>
            <Switch>
              {PLACES.map(({ path, Content }) => (
                <Route key={path} path={path}>
                  <Content />
                </Route>
              ))}
              <Route>
                <Empty action={<Link href="/operations">To the overview</Link>}>
                  There is nothing at this address.
                </Empty>
              </Route>
            </Switch>
          </ActDialogs>
        </div>
      </div>
    </OperatorContext>
  );
}

function Gate() {
  const { address } = useAccount();
  const { asked } = useAsked(api.operations.getMyRoles, {});
  const roles = lastAnswer(asked)?.data;
  if (roles === undefined && asked.kind === "unknown") {
    return (
      <Card title="Your roles">
        <p className="problem" role="alert">
          Whether you have a role is not known now. {asked.problem.message}
        </p>
      </Card>
    );
  }
  if (roles === undefined) return <Placeholder what="your roles" />;
  return roles.length === 0 ? <RolesNeeded address={address} /> : <Operations roles={roles} />;
}

export default function OperationsPage({ config }: PageProps) {
  return (
    <Page title="Operations">
      <SignedIn config={config}>
        <Gate />
      </SignedIn>
    </Page>
  );
}
