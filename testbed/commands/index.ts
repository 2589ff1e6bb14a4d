/** The commands, each loaded when it is asked for: some need the library and the attacks, and no other is to wait for those seconds. */
import type * as Bench from "./bench";
import type * as BenchStaging from "./bench-staging";
import type * as Certificates from "./certificates";
import type * as Clean from "./clean";
import type * as Cluster from "./cluster";
import type * as Conformance from "./conformance";
import type * as Deny from "./deny";
import type * as Down from "./down";
import type * as Manifests from "./manifests";
import type * as Review from "./review";
import type * as Revoke from "./revoke";
import type * as Staging from "./staging";
import type * as Test from "./test";
import type * as Up from "./up";
import type * as Verify from "./verify";

export const commands = {
  get bench(): typeof Bench {
    return require("./bench");
  },
  get benchStaging(): typeof BenchStaging {
    return require("./bench-staging");
  },
  get certificates(): typeof Certificates {
    return require("./certificates");
  },
  get clean(): typeof Clean {
    return require("./clean");
  },
  get cluster(): typeof Cluster {
    return require("./cluster");
  },
  get conformance(): typeof Conformance {
    return require("./conformance");
  },
  get deny(): typeof Deny {
    return require("./deny");
  },
  get down(): typeof Down {
    return require("./down");
  },
  get manifests(): typeof Manifests {
    return require("./manifests");
  },
  get review(): typeof Review {
    return require("./review");
  },
  get revoke(): typeof Revoke {
    return require("./revoke");
  },
  get staging(): typeof Staging {
    return require("./staging");
  },
  get test(): typeof Test {
    return require("./test");
  },
  get up(): typeof Up {
    return require("./up");
  },
  get verify(): typeof Verify {
    return require("./verify");
  },
};
