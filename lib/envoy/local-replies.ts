import { extension, type JsonObject } from "./types";

/** What a person reads instead of an Envoy's own words. */
export interface LocalReply {
  /** Beginning of Envoy's reason for the reply, as in the access log. */
  details: string;
  /** @default - the status stays */
  status?: number;
  page: string;
}

/** Gives Envoy's own answers a page and, where needed, another status; the first that fits counts. */
export function localReplies(replies: LocalReply[]): JsonObject {
  return { local_reply_config: { mappers: replies.map(mapper) } };
}

function mapper({ details, status, page }: LocalReply): JsonObject {
  const expression = `response.code_details.startsWith("${details}")`;
  return {
    filter: {
      extension_filter: extension(
        "envoy.access_loggers.extension_filters.cel",
        "access_loggers.filters.cel.v3.ExpressionFilter",
        {
          expression,
        },
      ),
    },
    ...(status ? { status_code: status } : {}),
    body: { inline_string: page },
    body_format_override: { text_format_source: { inline_string: "%LOCAL_REPLY_BODY%" }, content_type: HTML },
  };
}

export const HTML = "text/html; charset=utf-8";
