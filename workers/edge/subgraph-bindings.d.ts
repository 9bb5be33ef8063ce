/**
 * Ways to the subgraphs that are cheaper or more private than their addresses, where the platform gives them: workerd's own connections
 * on one machine, Workers VPC services on Cloudflare. A request uses the binding if it is there, and the address as its URL in any case.
 */
interface Env {
  readonly ORDERS?: Fetcher;
  readonly PAYMENTS?: Fetcher;
  readonly ALIASES?: Fetcher;
  readonly SETTLEMENT?: Fetcher;
  readonly PARTICIPANTS?: Fetcher;
}
