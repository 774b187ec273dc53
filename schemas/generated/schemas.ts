// Generated from schemas/avro by `npm run schemas`. Do not edit.
import type { SchemaValues } from './types.ts';

/** Standalone Avro schema of each topic that has one. */
export const SCHEMAS: { readonly [Topic in keyof SchemaValues]: object } = {
  'channel.accounts': {
    "type": "record",
    "name": "Account",
    "namespace": "parity.tables",
    "doc": "Connections of a tenant that share polls and budgets.",
    "fields": [
      {
        "name": "account_id",
        "type": "string"
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "channel",
        "type": "string"
      },
      {
        "name": "channel_account_id",
        "type": [
          "null",
          "string"
        ],
        "default": null
      },
      {
        "name": "credential_id",
        "type": [
          "null",
          {
            "type": "string",
            "logicalType": "uuid"
          }
        ],
        "default": null
      },
      {
        "name": "row_version",
        "type": "long"
      },
      {
        "name": "connections",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "AccountConnection",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "connection_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "listing",
                "type": "string"
              },
              {
                "name": "room_id",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "inbound",
                "type": "boolean"
              },
              {
                "name": "poll_minutes",
                "type": "int"
              }
            ]
          }
        }
      }
    ]
  },
  'channel.acknowledged': {
    "type": "record",
    "name": "AcknowledgedPage",
    "namespace": "parity.tables",
    "doc": "What the channel has, per field, as far as delivery knows.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "month",
        "type": "string",
        "doc": "yyyy-mm; about: the page of the content, without columns"
      },
      {
        "name": "incarnation",
        "type": "long"
      },
      {
        "name": "version",
        "type": "long",
        "doc": "Raised with every write"
      },
      {
        "name": "dated_at",
        "type": "long",
        "default": 0,
        "doc": "Latest time, ms, that a message to the channel may carry so far; 0: none. A new owner with a slower clock dates its messages no earlier"
      },
      {
        "name": "currency",
        "type": [
          "null",
          "string"
        ],
        "default": null,
        "doc": "ISO 4217, of the prices of this page; null: not noted yet"
      },
      {
        "name": "columns",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "AcknowledgedColumn",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "field",
                "type": {
                  "type": "enum",
                  "name": "FieldName",
                  "namespace": "parity.types",
                  "doc": "What a cell holds; availability per room, all others per rate plan.",
                  "symbols": [
                    "availability",
                    "price",
                    "min_stay_arrival",
                    "min_stay_through",
                    "max_stay",
                    "closed_to_arrival",
                    "closed_to_departure"
                  ]
                }
              },
              {
                "name": "rate_plan_id",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "cells",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "FieldAcknowledgement",
                    "namespace": "parity.tables",
                    "doc": "",
                    "fields": [
                      {
                        "name": "state",
                        "type": {
                          "type": "enum",
                          "name": "FieldState",
                          "namespace": "parity.tables",
                          "doc": "",
                          "symbols": [
                            "uncertain",
                            "known",
                            "in_flight",
                            "unsettled",
                            "rejected",
                            "held"
                          ]
                        }
                      },
                      {
                        "name": "value",
                        "type": [
                          "null",
                          "long"
                        ],
                        "doc": "known, unsettled: what the channel has; in_flight: what is out; rejected: what was refused; uncertain: null; held: 0 when we closed the night besides, else null",
                        "default": null
                      },
                      {
                        "name": "quarantined",
                        "type": "boolean",
                        "doc": "A request of unknown outcome may still land",
                        "default": false
                      },
                      {
                        "name": "released",
                        "type": "long",
                        "doc": "What the field settled under: released value of the night, or guests of the price",
                        "default": 0
                      },
                      {
                        "name": "opened_at",
                        "type": [
                          "null",
                          {
                            "type": "long",
                            "logicalType": "timestamp-millis"
                          }
                        ],
                        "doc": "availability: when our last opening of the night was answered; content: when the channel last took it",
                        "default": null
                      },
                      {
                        "name": "code",
                        "type": [
                          "null",
                          "string"
                        ],
                        "doc": "rejected, held: the error code; in_flight: that of the hold of the night, whose closing is out",
                        "default": null
                      },
                      {
                        "name": "advice",
                        "type": [
                          "null",
                          "string"
                        ],
                        "doc": "rejected: what the channel said",
                        "default": null
                      }
                    ]
                  }
                }
              }
            ]
          }
        }
      },
      {
        "name": "content",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "ContentAcknowledgement",
            "namespace": "parity.tables",
            "doc": "A part of the content that the channel takes as a whole; its value is the version of the message.",
            "fields": [
              {
                "name": "part",
                "type": "string"
              },
              {
                "name": "cell",
                "type": "parity.tables.FieldAcknowledgement"
              }
            ]
          }
        },
        "doc": "On the page about alone",
        "default": []
      }
    ]
  },
  'channel.alerts': {
    "type": "record",
    "name": "Alert",
    "namespace": "parity.events",
    "doc": "What the owner must see.",
    "fields": [
      {
        "name": "alert_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "connection_id",
        "type": [
          "null",
          {
            "type": "string",
            "logicalType": "uuid"
          }
        ],
        "default": null
      },
      {
        "name": "property_id",
        "type": [
          "null",
          {
            "type": "string",
            "logicalType": "uuid"
          }
        ],
        "default": null
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "code",
        "type": "string"
      },
      {
        "name": "severity",
        "type": {
          "type": "enum",
          "name": "Severity",
          "namespace": "parity.events",
          "doc": "",
          "symbols": [
            "info",
            "warning",
            "critical"
          ]
        }
      },
      {
        "name": "message",
        "type": "string"
      },
      {
        "name": "context",
        "type": "string",
        "doc": "JSON"
      },
      {
        "name": "raised_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      }
    ]
  },
  'channel.bookings': {
    "type": "record",
    "name": "BookingRevision",
    "namespace": "parity.events",
    "doc": "A revision in PMS terms, on its way to the bookings table.",
    "fields": [
      {
        "name": "message_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "account_id",
        "type": "string"
      },
      {
        "name": "channel",
        "type": "string"
      },
      {
        "name": "received_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "reservation",
        "type": {
          "type": "record",
          "name": "Reservation",
          "namespace": "parity.types",
          "doc": "A whole reservation as one revision shows it.",
          "fields": [
            {
              "name": "reservation_id",
              "type": "string"
            },
            {
              "name": "status",
              "type": {
                "type": "enum",
                "name": "ReservationStatus",
                "namespace": "parity.types",
                "doc": "State of a reservation revision.",
                "symbols": [
                  "new",
                  "modified",
                  "cancelled",
                  "request",
                  "declined",
                  "expired",
                  "no_show"
                ]
              }
            },
            {
              "name": "revised_at",
              "type": {
                "type": "long",
                "logicalType": "timestamp-millis"
              },
              "doc": "Time of this revision at the channel"
            },
            {
              "name": "content_hash",
              "type": "string",
              "doc": "SHA-256 (hex) over the meaning of the revision"
            },
            {
              "name": "guest",
              "type": {
                "type": "record",
                "name": "Guest",
                "namespace": "parity.types",
                "doc": "The booker. Redacted in logs.",
                "fields": [
                  {
                    "name": "channel_guest_id",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "first_name",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "last_name",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "email",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "phone",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "country",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  }
                ]
              }
            },
            {
              "name": "room_stays",
              "type": {
                "type": "array",
                "items": {
                  "type": "record",
                  "name": "RoomStay",
                  "namespace": "parity.types",
                  "doc": "One room of a reservation.",
                  "fields": [
                    {
                      "name": "room_stay",
                      "type": "string",
                      "doc": "Identifies the room within the reservation; stable over revisions"
                    },
                    {
                      "name": "listing",
                      "type": "string",
                      "doc": "Listing or hotel id at the channel"
                    },
                    {
                      "name": "room_id",
                      "type": [
                        "null",
                        "string"
                      ],
                      "default": null
                    },
                    {
                      "name": "rate_plan_id",
                      "type": [
                        "null",
                        "string"
                      ],
                      "default": null
                    },
                    {
                      "name": "connection_id",
                      "type": [
                        "null",
                        {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      ],
                      "doc": "The connection of this listing and room; null: unmapped",
                      "default": null
                    },
                    {
                      "name": "property_id",
                      "type": [
                        "null",
                        {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      ],
                      "default": null
                    },
                    {
                      "name": "check_in",
                      "type": {
                        "type": "int",
                        "logicalType": "date"
                      }
                    },
                    {
                      "name": "check_out",
                      "type": {
                        "type": "int",
                        "logicalType": "date"
                      }
                    },
                    {
                      "name": "adults",
                      "type": "int",
                      "default": 0
                    },
                    {
                      "name": "children",
                      "type": "int",
                      "default": 0
                    },
                    {
                      "name": "status",
                      "type": "parity.types.ReservationStatus"
                    },
                    {
                      "name": "nightly_prices",
                      "type": {
                        "type": "array",
                        "items": {
                          "type": "record",
                          "name": "NightlyPrice",
                          "namespace": "parity.types",
                          "doc": "",
                          "fields": [
                            {
                              "name": "night",
                              "type": {
                                "type": "int",
                                "logicalType": "date"
                              }
                            },
                            {
                              "name": "amount",
                              "type": "long",
                              "doc": "Minor units"
                            }
                          ]
                        }
                      },
                      "default": []
                    },
                    {
                      "name": "total",
                      "type": [
                        "null",
                        "long"
                      ],
                      "doc": "Minor units, all taxes included where the channel says so",
                      "default": null
                    }
                  ]
                }
              }
            },
            {
              "name": "currency",
              "type": "string",
              "doc": "ISO 4217"
            },
            {
              "name": "total",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "taxes",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "commission",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "payment_kind",
              "type": {
                "type": "enum",
                "name": "PaymentKind",
                "namespace": "parity.types",
                "doc": "Who collects the money. Never card data.",
                "symbols": [
                  "unknown",
                  "hotel_collect",
                  "channel_collect",
                  "virtual_card"
                ],
                "default": "unknown"
              }
            },
            {
              "name": "special_requests",
              "type": [
                "null",
                "string"
              ],
              "default": null
            },
            {
              "name": "redacted_payload",
              "type": [
                "null",
                "string"
              ],
              "doc": "The message as received, card data and secrets removed",
              "default": null
            }
          ]
        }
      },
      {
        "name": "delivery",
        "type": [
          "null",
          {
            "type": "record",
            "name": "Delivery",
            "namespace": "parity.types",
            "doc": "One receipt of a message whose platform wants an acknowledgement.",
            "fields": [
              {
                "name": "delivery_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                },
                "doc": "Made at receipt"
              },
              {
                "name": "message_kind",
                "type": "string",
                "doc": "What to acknowledge, in the words of the connector"
              },
              {
                "name": "received_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        ],
        "default": null
      },
      {
        "name": "redelivery",
        "type": "boolean",
        "doc": "A repeat that only wants its acknowledgement",
        "default": false
      }
    ]
  },
  'channel.commands': {
    "type": "record",
    "name": "ChannelCommand",
    "namespace": "parity.events",
    "doc": "What people, reconciliation or the runtime ask of a connection.",
    "fields": [
      {
        "name": "command_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "issued_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "issued_by",
        "type": "string"
      },
      {
        "name": "command",
        "type": [
          {
            "type": "record",
            "name": "FullSync",
            "namespace": "parity.events",
            "doc": "All fields become uncertain and are sent again; held fields stay.",
            "fields": []
          },
          {
            "type": "record",
            "name": "Reconcile",
            "namespace": "parity.events",
            "doc": "Read the channel back.",
            "fields": [
              {
                "name": "nights",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "DateRange",
                    "namespace": "parity.types",
                    "doc": "Nights from start up to, not including, end (the checkout day).",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      }
                    ]
                  }
                ],
                "default": null
              }
            ]
          },
          {
            "type": "record",
            "name": "Recheck",
            "namespace": "parity.events",
            "doc": "The named fields become uncertain if nothing newer happened.",
            "fields": [
              {
                "name": "cells",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "CellReference",
                    "namespace": "parity.events",
                    "doc": "",
                    "fields": [
                      {
                        "name": "field",
                        "type": {
                          "type": "enum",
                          "name": "FieldName",
                          "namespace": "parity.types",
                          "doc": "What a cell holds; availability per room, all others per rate plan.",
                          "symbols": [
                            "availability",
                            "price",
                            "min_stay_arrival",
                            "min_stay_through",
                            "max_stay",
                            "closed_to_arrival",
                            "closed_to_departure"
                          ]
                        }
                      },
                      {
                        "name": "rate_plan_id",
                        "type": [
                          "null",
                          "string"
                        ],
                        "default": null
                      },
                      {
                        "name": "nights",
                        "type": "parity.types.DateRange"
                      }
                    ]
                  }
                },
                "doc": "Empty: all, or the content alone"
              },
              {
                "name": "version",
                "type": [
                  "null",
                  "long"
                ],
                "doc": "Acknowledged version at the time of the finding; null: unconditional",
                "default": null
              },
              {
                "name": "content",
                "type": "boolean",
                "doc": "The content too, or alone",
                "default": false
              }
            ]
          },
          {
            "type": "record",
            "name": "Respond",
            "namespace": "parity.events",
            "doc": "Accept or deny a request.",
            "fields": [
              {
                "name": "reservation_id",
                "type": "string"
              },
              {
                "name": "accept",
                "type": "boolean"
              }
            ]
          },
          {
            "type": "record",
            "name": "Hold",
            "namespace": "parity.events",
            "doc": "The channel holds these nights for a reason of its own.",
            "fields": [
              {
                "name": "nights",
                "type": "parity.types.DateRange"
              },
              {
                "name": "code",
                "type": "string"
              }
            ]
          },
          {
            "type": "record",
            "name": "Override",
            "namespace": "parity.events",
            "doc": "Take held nights back: the next opening may go out.",
            "fields": [
              {
                "name": "nights",
                "type": "parity.types.DateRange"
              },
              {
                "name": "once_closed",
                "type": "boolean",
                "default": false,
                "doc": "Not before the PMS closes them itself: the hold has become its block"
              }
            ]
          },
          {
            "type": "record",
            "name": "Approve",
            "namespace": "parity.events",
            "doc": "Let a braked change pass.",
            "fields": [
              {
                "name": "reference",
                "type": "string"
              }
            ]
          },
          {
            "type": "record",
            "name": "Fetched",
            "namespace": "parity.events",
            "doc": "The channel fetched documents of this state.",
            "fields": [
              {
                "name": "document",
                "type": "string"
              },
              {
                "name": "updated_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "Requeue",
            "namespace": "parity.events",
            "doc": "Rejected fields are tried again.",
            "fields": [
              {
                "name": "cells",
                "type": {
                  "type": "array",
                  "items": "parity.events.CellReference"
                },
                "doc": "Empty: all rejected"
              }
            ]
          }
        ]
      }
    ]
  },
  'channel.connections': {
    "type": "record",
    "name": "Connection",
    "namespace": "parity.tables",
    "doc": "One property on one channel. Holds no secret.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "account_id",
        "type": "string",
        "doc": "Connections of a tenant with the same channel and channel_account_id"
      },
      {
        "name": "credential_id",
        "type": [
          "null",
          {
            "type": "string",
            "logicalType": "uuid"
          }
        ],
        "default": null
      },
      {
        "name": "channel",
        "type": "string",
        "doc": "channel_type of the spec"
      },
      {
        "name": "listing",
        "type": "string",
        "doc": "channel_property_id of the spec"
      },
      {
        "name": "room_id",
        "type": [
          "null",
          "string"
        ],
        "default": null
      },
      {
        "name": "rate_plans",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "RatePlan",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "rate_plan_id",
                "type": "string",
                "doc": "Id at the channel"
              },
              {
                "name": "adjustment",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "PriceAdjustment",
                    "namespace": "parity.tables",
                    "doc": "",
                    "fields": [
                      {
                        "name": "kind",
                        "type": {
                          "type": "enum",
                          "name": "AdjustmentKind",
                          "namespace": "parity.tables",
                          "doc": "",
                          "symbols": [
                            "percentage",
                            "fixed"
                          ]
                        }
                      },
                      {
                        "name": "hundredths",
                        "type": "long",
                        "doc": "10.00 % or 10.00 of the currency is 1000"
                      }
                    ]
                  }
                ],
                "default": null
              }
            ]
          }
        },
        "doc": "At least one"
      },
      {
        "name": "currency",
        "type": [
          "null",
          "string"
        ],
        "doc": "Currency of the listing at the channel; null: that of the property",
        "default": null
      },
      {
        "name": "sync_direction",
        "type": {
          "type": "enum",
          "name": "SyncDirection",
          "namespace": "parity.tables",
          "doc": "",
          "symbols": [
            "bidirectional",
            "inbound_only",
            "outbound_only"
          ]
        }
      },
      {
        "name": "sync_availability",
        "type": "boolean"
      },
      {
        "name": "sync_pricing",
        "type": "boolean"
      },
      {
        "name": "sync_bookings",
        "type": "boolean"
      },
      {
        "name": "phase",
        "type": {
          "type": "enum",
          "name": "ConnectionPhase",
          "namespace": "parity.tables",
          "doc": "Lifecycle",
          "symbols": [
            "pending",
            "importing",
            "preview",
            "active",
            "paused",
            "error",
            "expired",
            "disconnected"
          ]
        }
      },
      {
        "name": "incarnation",
        "type": "long",
        "doc": "Raised when the connection is attached or authorised again"
      },
      {
        "name": "listing_since",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "Since when it names this listing and room; 0: it never named another. Older bookings may be those of the former one",
        "default": 0
      },
      {
        "name": "row_version",
        "type": "long"
      },
      {
        "name": "requests_per_second",
        "type": [
          "null",
          "int"
        ],
        "doc": "Tier of the connection where the platform grants one",
        "default": null
      }
    ]
  },
  'channel.cursors': {
    "type": "record",
    "name": "AccountCursor",
    "namespace": "parity.tables",
    "doc": "How far polling has got.",
    "fields": [
      {
        "name": "account_id",
        "type": "string"
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "polls",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "PollCursor",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "feed",
                "type": "string"
              },
              {
                "name": "cursor",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "polled_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        }
      },
      {
        "name": "done",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "DoneInboxId",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "inbox_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "done_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        },
        "doc": "30 days"
      },
      {
        "name": "pending",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "PendingInbox",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "inbox_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "since",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              },
              {
                "name": "attempts",
                "type": "int"
              },
              {
                "name": "message",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "InboxMessage",
                    "namespace": "parity.events",
                    "doc": "Work for the polling of an account.",
                    "fields": [
                      {
                        "name": "inbox_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "account_id",
                        "type": "string"
                      },
                      {
                        "name": "tenant_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "channel",
                        "type": "string"
                      },
                      {
                        "name": "issued_at",
                        "type": {
                          "type": "long",
                          "logicalType": "timestamp-millis"
                        }
                      },
                      {
                        "name": "message",
                        "type": [
                          {
                            "type": "record",
                            "name": "FetchReservation",
                            "namespace": "parity.events",
                            "doc": "A minimal webhook: fetch the whole.",
                            "fields": [
                              {
                                "name": "reservation_id",
                                "type": "string"
                              },
                              {
                                "name": "reason",
                                "type": "string"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "PollNow",
                            "namespace": "parity.events",
                            "doc": "",
                            "fields": [
                              {
                                "name": "reason",
                                "type": "string"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "AcknowledgeReservation",
                            "namespace": "parity.events",
                            "doc": "The outcome is committed: tell the platform.",
                            "fields": [
                              {
                                "name": "delivery_id",
                                "type": {
                                  "type": "string",
                                  "logicalType": "uuid"
                                }
                              },
                              {
                                "name": "message_kind",
                                "type": "string"
                              },
                              {
                                "name": "reservation_id",
                                "type": "string"
                              },
                              {
                                "name": "connection_id",
                                "type": {
                                  "type": "string",
                                  "logicalType": "uuid"
                                }
                              },
                              {
                                "name": "outcome",
                                "type": {
                                  "type": "enum",
                                  "name": "AcknowledgeOutcome",
                                  "namespace": "parity.events",
                                  "doc": "",
                                  "symbols": [
                                    "stored",
                                    "refused"
                                  ]
                                }
                              },
                              {
                                "name": "booking_reference",
                                "type": "string",
                                "doc": "Our confirmation number"
                              },
                              {
                                "name": "received_at",
                                "type": {
                                  "type": "long",
                                  "logicalType": "timestamp-millis"
                                },
                                "doc": "When the message arrived that is answered by this; 0: written before this field was",
                                "default": 0
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "ImportReservations",
                            "namespace": "parity.events",
                            "doc": "Going live: read all future reservations of a connection.",
                            "fields": [
                              {
                                "name": "connection_id",
                                "type": {
                                  "type": "string",
                                  "logicalType": "uuid"
                                }
                              }
                            ]
                          }
                        ]
                      }
                    ]
                  }
                },
                "doc": "Exactly one"
              }
            ]
          }
        },
        "doc": "Taken from the inbox, not done yet",
        "default": []
      },
      {
        "name": "acknowledged",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "AcceptedAcknowledgement",
            "namespace": "parity.tables",
            "doc": "An acknowledgement that the platform took",
            "fields": [
              {
                "name": "reservation_id",
                "type": "string"
              },
              {
                "name": "message_kind",
                "type": "string"
              },
              {
                "name": "outcome",
                "type": "parity.events.AcknowledgeOutcome"
              },
              {
                "name": "sent_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        },
        "doc": "The newest of a day: what was received before one of them left is answered by it",
        "default": []
      }
    ]
  },
  'channel.desired': {
    "type": "record",
    "name": "DesiredPage",
    "namespace": "parity.tables",
    "doc": "What the channel should show in one month, or of its content.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "month",
        "type": "string",
        "doc": "yyyy-mm; about: the page of the content, without columns"
      },
      {
        "name": "incarnation",
        "type": "long"
      },
      {
        "name": "time_zone",
        "type": "string"
      },
      {
        "name": "currency",
        "type": "string"
      },
      {
        "name": "released",
        "type": {
          "type": "array",
          "items": "long"
        },
        "doc": "Per day: sequence at which a booking of this connection last left the night; 0: never"
      },
      {
        "name": "implied_at",
        "type": {
          "type": "array",
          "items": [
            "null",
            {
              "type": "long",
              "logicalType": "timestamp-millis"
            }
          ]
        },
        "doc": "Per day: revision time of the own booking that alone closes the night; null: not implied"
      },
      {
        "name": "columns",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "DesiredColumn",
            "namespace": "parity.tables",
            "doc": "One field over the month.",
            "fields": [
              {
                "name": "field",
                "type": {
                  "type": "enum",
                  "name": "FieldName",
                  "namespace": "parity.types",
                  "doc": "What a cell holds; availability per room, all others per rate plan.",
                  "symbols": [
                    "availability",
                    "price",
                    "min_stay_arrival",
                    "min_stay_through",
                    "max_stay",
                    "closed_to_arrival",
                    "closed_to_departure"
                  ]
                }
              },
              {
                "name": "rate_plan_id",
                "type": [
                  "null",
                  "string"
                ],
                "doc": "Null for availability",
                "default": null
              },
              {
                "name": "values",
                "type": {
                  "type": "array",
                  "items": [
                    "null",
                    "long"
                  ]
                },
                "doc": "Per day. availability: units (0 closed). price: minor units. Stays: nights, 0 none. Closed to: 0 or 1. Null: unknown, never sent"
              }
            ]
          }
        }
      },
      {
        "name": "guests",
        "type": "int",
        "doc": "Guests that the prices are for, where the channel is told; else 0",
        "default": 0
      },
      {
        "name": "content",
        "type": [
          "null",
          {
            "type": "record",
            "name": "DesiredContent",
            "namespace": "parity.tables",
            "doc": "What a channel needs besides the calendar.",
            "fields": [
              {
                "name": "property",
                "type": {
                  "type": "record",
                  "name": "PropertyUpdated",
                  "namespace": "parity.pms",
                  "doc": "The property itself.",
                  "fields": [
                    {
                      "name": "property_id",
                      "type": {
                        "type": "string",
                        "logicalType": "uuid"
                      }
                    },
                    {
                      "name": "name",
                      "type": "string",
                      "default": ""
                    },
                    {
                      "name": "time_zone",
                      "type": "string",
                      "doc": "IANA name"
                    },
                    {
                      "name": "currency",
                      "type": "string",
                      "doc": "ISO 4217"
                    },
                    {
                      "name": "max_guests",
                      "type": "int",
                      "default": 1
                    },
                    {
                      "name": "address",
                      "type": [
                        "null",
                        {
                          "type": "record",
                          "name": "Address",
                          "namespace": "parity.pms",
                          "doc": "",
                          "fields": [
                            {
                              "name": "street",
                              "type": "string"
                            },
                            {
                              "name": "city",
                              "type": "string"
                            },
                            {
                              "name": "postal_code",
                              "type": "string"
                            },
                            {
                              "name": "country",
                              "type": "string",
                              "doc": "ISO 3166-1 alpha-2"
                            },
                            {
                              "name": "latitude",
                              "type": [
                                "null",
                                "double"
                              ],
                              "default": null
                            },
                            {
                              "name": "longitude",
                              "type": [
                                "null",
                                "double"
                              ],
                              "default": null
                            }
                          ]
                        }
                      ],
                      "default": null
                    },
                    {
                      "name": "fees",
                      "type": {
                        "type": "array",
                        "items": {
                          "type": "record",
                          "name": "Fee",
                          "namespace": "parity.pms",
                          "doc": "",
                          "fields": [
                            {
                              "name": "name",
                              "type": "string"
                            },
                            {
                              "name": "basis",
                              "type": {
                                "type": "enum",
                                "name": "FeeBasis",
                                "namespace": "parity.pms",
                                "doc": "",
                                "symbols": [
                                  "per_stay",
                                  "per_night",
                                  "per_guest",
                                  "per_guest_night"
                                ]
                              }
                            },
                            {
                              "name": "amount",
                              "type": "long",
                              "doc": "Minor units"
                            }
                          ]
                        }
                      },
                      "default": []
                    },
                    {
                      "name": "taxes",
                      "type": {
                        "type": "array",
                        "items": {
                          "type": "record",
                          "name": "Tax",
                          "namespace": "parity.pms",
                          "doc": "",
                          "fields": [
                            {
                              "name": "name",
                              "type": "string"
                            },
                            {
                              "name": "percent_hundredths",
                              "type": "int",
                              "doc": "7.00 % is 700"
                            }
                          ]
                        }
                      },
                      "default": []
                    },
                    {
                      "name": "landing_url",
                      "type": [
                        "null",
                        "string"
                      ],
                      "default": null
                    },
                    {
                      "name": "content",
                      "type": [
                        "null",
                        {
                          "type": "record",
                          "name": "PropertyContent",
                          "namespace": "parity.pms",
                          "doc": "What a guest reads and agrees to. Texts are plain, without markup.",
                          "fields": [
                            {
                              "name": "texts",
                              "type": {
                                "type": "array",
                                "items": {
                                  "type": "record",
                                  "name": "PropertyText",
                                  "namespace": "parity.pms",
                                  "doc": "In one language.",
                                  "fields": [
                                    {
                                      "name": "language",
                                      "type": "string",
                                      "doc": "BCP 47"
                                    },
                                    {
                                      "name": "headline",
                                      "type": "string",
                                      "default": ""
                                    },
                                    {
                                      "name": "description",
                                      "type": "string",
                                      "default": ""
                                    }
                                  ]
                                }
                              },
                              "doc": "One for each language, the first is that of the owner",
                              "default": []
                            },
                            {
                              "name": "photos",
                              "type": {
                                "type": "array",
                                "items": "string"
                              },
                              "doc": "Absolute URLs, the cover first",
                              "default": []
                            },
                            {
                              "name": "property_type",
                              "type": [
                                "null",
                                "string"
                              ],
                              "doc": "`house`, `apartment`, …: PROPERTY_TYPES in schemas/property-content.ts",
                              "default": null
                            },
                            {
                              "name": "bedrooms",
                              "type": [
                                "null",
                                "int"
                              ],
                              "default": null
                            },
                            {
                              "name": "bathrooms",
                              "type": [
                                "null",
                                "int"
                              ],
                              "default": null
                            },
                            {
                              "name": "check_in_time",
                              "type": [
                                "null",
                                "string"
                              ],
                              "doc": "hh:mm, from when on; time of the property",
                              "default": null
                            },
                            {
                              "name": "check_out_time",
                              "type": [
                                "null",
                                "string"
                              ],
                              "doc": "hh:mm, until when",
                              "default": null
                            },
                            {
                              "name": "house_rules",
                              "type": [
                                "null",
                                {
                                  "type": "record",
                                  "name": "HouseRules",
                                  "namespace": "parity.pms",
                                  "doc": "",
                                  "fields": [
                                    {
                                      "name": "children_allowed",
                                      "type": "boolean"
                                    },
                                    {
                                      "name": "events_allowed",
                                      "type": "boolean"
                                    },
                                    {
                                      "name": "pets_allowed",
                                      "type": "boolean"
                                    },
                                    {
                                      "name": "smoking_allowed",
                                      "type": "boolean"
                                    },
                                    {
                                      "name": "minimum_age",
                                      "type": [
                                        "null",
                                        "int"
                                      ],
                                      "doc": "Of who books; null: none is asked for",
                                      "default": null
                                    }
                                  ]
                                }
                              ],
                              "default": null
                            },
                            {
                              "name": "cancellation",
                              "type": [
                                "null",
                                {
                                  "type": "record",
                                  "name": "CancellationTerms",
                                  "namespace": "parity.pms",
                                  "doc": "",
                                  "fields": [
                                    {
                                      "name": "free_until_days",
                                      "type": [
                                        "null",
                                        "int"
                                      ],
                                      "doc": "Whole days before arrival up to which a cancellation costs nothing; null: it always costs",
                                      "default": null
                                    }
                                  ]
                                }
                              ],
                              "doc": "Null: not said",
                              "default": null
                            }
                          ]
                        }
                      ],
                      "doc": "Null: not said",
                      "default": null
                    }
                  ]
                }
              },
              {
                "name": "rate_plans",
                "type": {
                  "type": "array",
                  "items": "string"
                },
                "doc": "Ids at the channel, in the order of the connection"
              }
            ]
          }
        ],
        "doc": "On the page about alone",
        "default": null
      }
    ]
  },
  'channel.documents': {
    "type": "record",
    "name": "ChannelDocument",
    "namespace": "parity.tables",
    "doc": "What the ingress serves to a channel that fetches, as one state: all documents of a connection.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "updated_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        },
        "doc": "Newest state of any of its documents"
      },
      {
        "name": "documents",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "DocumentBody",
            "namespace": "parity.tables",
            "doc": "One document as it is served.",
            "fields": [
              {
                "name": "name",
                "type": "string"
              },
              {
                "name": "content_type",
                "type": "string"
              },
              {
                "name": "body",
                "type": "string"
              },
              {
                "name": "updated_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                },
                "doc": "State of this document: whole seconds, greater than that of any earlier content; 0: as the record",
                "default": 0
              }
            ]
          }
        }
      }
    ]
  },
  'channel.health': {
    "type": "record",
    "name": "ConnectionHealth",
    "namespace": "parity.tables",
    "doc": "State of the delivery agent of a connection.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "incarnation",
        "type": "long"
      },
      {
        "name": "breaker",
        "type": {
          "type": "enum",
          "name": "BreakerState",
          "namespace": "parity.tables",
          "doc": "",
          "symbols": [
            "closed",
            "open",
            "half_open"
          ]
        }
      },
      {
        "name": "consecutive_failures",
        "type": "int"
      },
      {
        "name": "consecutive_successes",
        "type": "int"
      },
      {
        "name": "opened_at",
        "type": [
          "null",
          {
            "type": "long",
            "logicalType": "timestamp-millis"
          }
        ],
        "default": null
      },
      {
        "name": "retry_attempt",
        "type": "int",
        "doc": "Position in the retry schedule"
      },
      {
        "name": "next_attempt_at",
        "type": [
          "null",
          {
            "type": "long",
            "logicalType": "timestamp-millis"
          }
        ],
        "default": null
      },
      {
        "name": "fault",
        "type": [
          "null",
          "string"
        ],
        "doc": "Code of the connection fault that holds",
        "default": null
      },
      {
        "name": "pending_commands",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "PendingCommand",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "command_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "kind",
                "type": "string"
              },
              {
                "name": "since",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              },
              {
                "name": "command",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "ChannelCommand",
                    "namespace": "parity.events",
                    "doc": "What people, reconciliation or the runtime ask of a connection.",
                    "fields": [
                      {
                        "name": "command_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "connection_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "tenant_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "issued_at",
                        "type": {
                          "type": "long",
                          "logicalType": "timestamp-millis"
                        }
                      },
                      {
                        "name": "issued_by",
                        "type": "string"
                      },
                      {
                        "name": "command",
                        "type": [
                          {
                            "type": "record",
                            "name": "FullSync",
                            "namespace": "parity.events",
                            "doc": "All fields become uncertain and are sent again; held fields stay.",
                            "fields": []
                          },
                          {
                            "type": "record",
                            "name": "Reconcile",
                            "namespace": "parity.events",
                            "doc": "Read the channel back.",
                            "fields": [
                              {
                                "name": "nights",
                                "type": [
                                  "null",
                                  {
                                    "type": "record",
                                    "name": "DateRange",
                                    "namespace": "parity.types",
                                    "doc": "Nights from start up to, not including, end (the checkout day).",
                                    "fields": [
                                      {
                                        "name": "start",
                                        "type": {
                                          "type": "int",
                                          "logicalType": "date"
                                        }
                                      },
                                      {
                                        "name": "end",
                                        "type": {
                                          "type": "int",
                                          "logicalType": "date"
                                        }
                                      }
                                    ]
                                  }
                                ],
                                "default": null
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Recheck",
                            "namespace": "parity.events",
                            "doc": "The named fields become uncertain if nothing newer happened.",
                            "fields": [
                              {
                                "name": "cells",
                                "type": {
                                  "type": "array",
                                  "items": {
                                    "type": "record",
                                    "name": "CellReference",
                                    "namespace": "parity.events",
                                    "doc": "",
                                    "fields": [
                                      {
                                        "name": "field",
                                        "type": {
                                          "type": "enum",
                                          "name": "FieldName",
                                          "namespace": "parity.types",
                                          "doc": "What a cell holds; availability per room, all others per rate plan.",
                                          "symbols": [
                                            "availability",
                                            "price",
                                            "min_stay_arrival",
                                            "min_stay_through",
                                            "max_stay",
                                            "closed_to_arrival",
                                            "closed_to_departure"
                                          ]
                                        }
                                      },
                                      {
                                        "name": "rate_plan_id",
                                        "type": [
                                          "null",
                                          "string"
                                        ],
                                        "default": null
                                      },
                                      {
                                        "name": "nights",
                                        "type": "parity.types.DateRange"
                                      }
                                    ]
                                  }
                                },
                                "doc": "Empty: all, or the content alone"
                              },
                              {
                                "name": "version",
                                "type": [
                                  "null",
                                  "long"
                                ],
                                "doc": "Acknowledged version at the time of the finding; null: unconditional",
                                "default": null
                              },
                              {
                                "name": "content",
                                "type": "boolean",
                                "doc": "The content too, or alone",
                                "default": false
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Respond",
                            "namespace": "parity.events",
                            "doc": "Accept or deny a request.",
                            "fields": [
                              {
                                "name": "reservation_id",
                                "type": "string"
                              },
                              {
                                "name": "accept",
                                "type": "boolean"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Hold",
                            "namespace": "parity.events",
                            "doc": "The channel holds these nights for a reason of its own.",
                            "fields": [
                              {
                                "name": "nights",
                                "type": "parity.types.DateRange"
                              },
                              {
                                "name": "code",
                                "type": "string"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Override",
                            "namespace": "parity.events",
                            "doc": "Take held nights back: the next opening may go out.",
                            "fields": [
                              {
                                "name": "nights",
                                "type": "parity.types.DateRange"
                              },
                              {
                                "name": "once_closed",
                                "type": "boolean",
                                "default": false,
                                "doc": "Not before the PMS closes them itself: the hold has become its block"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Approve",
                            "namespace": "parity.events",
                            "doc": "Let a braked change pass.",
                            "fields": [
                              {
                                "name": "reference",
                                "type": "string"
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Fetched",
                            "namespace": "parity.events",
                            "doc": "The channel fetched documents of this state.",
                            "fields": [
                              {
                                "name": "document",
                                "type": "string"
                              },
                              {
                                "name": "updated_at",
                                "type": {
                                  "type": "long",
                                  "logicalType": "timestamp-millis"
                                }
                              }
                            ]
                          },
                          {
                            "type": "record",
                            "name": "Requeue",
                            "namespace": "parity.events",
                            "doc": "Rejected fields are tried again.",
                            "fields": [
                              {
                                "name": "cells",
                                "type": {
                                  "type": "array",
                                  "items": "parity.events.CellReference"
                                },
                                "doc": "Empty: all rejected"
                              }
                            ]
                          }
                        ]
                      }
                    ]
                  }
                },
                "doc": "Exactly one",
                "default": []
              }
            ]
          }
        },
        "doc": "Taken from the topic before the row of their connection was known",
        "default": []
      },
      {
        "name": "applied_command_offset",
        "type": "long",
        "doc": "Highest offset of channel.commands applied; -1: none",
        "default": -1
      },
      {
        "name": "phase",
        "type": [
          "null",
          "string"
        ],
        "doc": "Phase of the connection when this was written",
        "default": null
      },
      {
        "name": "full_sync",
        "type": [
          "null",
          {
            "type": "record",
            "name": "FullSyncProgress",
            "namespace": "parity.tables",
            "doc": "How far the latest full sync is, in values: one field of one night.",
            "fields": [
              {
                "name": "sync_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                },
                "doc": "Of its row in channel_sync_logs"
              },
              {
                "name": "reason",
                "type": "string",
                "doc": "going_live, reactivated, new_incarnation, asked"
              },
              {
                "name": "begun_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              },
              {
                "name": "finished_at",
                "type": [
                  "null",
                  {
                    "type": "long",
                    "logicalType": "timestamp-millis"
                  }
                ],
                "default": null
              },
              {
                "name": "total",
                "type": "int"
              },
              {
                "name": "done",
                "type": "int"
              },
              {
                "name": "refused",
                "type": "int"
              }
            ]
          }
        ],
        "default": null
      }
    ]
  },
  'channel.inbox': {
    "type": "record",
    "name": "InboxMessage",
    "namespace": "parity.events",
    "doc": "Work for the polling of an account.",
    "fields": [
      {
        "name": "inbox_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "account_id",
        "type": "string"
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "channel",
        "type": "string"
      },
      {
        "name": "issued_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "message",
        "type": [
          {
            "type": "record",
            "name": "FetchReservation",
            "namespace": "parity.events",
            "doc": "A minimal webhook: fetch the whole.",
            "fields": [
              {
                "name": "reservation_id",
                "type": "string"
              },
              {
                "name": "reason",
                "type": "string"
              }
            ]
          },
          {
            "type": "record",
            "name": "PollNow",
            "namespace": "parity.events",
            "doc": "",
            "fields": [
              {
                "name": "reason",
                "type": "string"
              }
            ]
          },
          {
            "type": "record",
            "name": "AcknowledgeReservation",
            "namespace": "parity.events",
            "doc": "The outcome is committed: tell the platform.",
            "fields": [
              {
                "name": "delivery_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "message_kind",
                "type": "string"
              },
              {
                "name": "reservation_id",
                "type": "string"
              },
              {
                "name": "connection_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "outcome",
                "type": {
                  "type": "enum",
                  "name": "AcknowledgeOutcome",
                  "namespace": "parity.events",
                  "doc": "",
                  "symbols": [
                    "stored",
                    "refused"
                  ]
                }
              },
              {
                "name": "booking_reference",
                "type": "string",
                "doc": "Our confirmation number"
              },
              {
                "name": "received_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                },
                "doc": "When the message arrived that is answered by this; 0: written before this field was",
                "default": 0
              }
            ]
          },
          {
            "type": "record",
            "name": "ImportReservations",
            "namespace": "parity.events",
            "doc": "Going live: read all future reservations of a connection.",
            "fields": [
              {
                "name": "connection_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              }
            ]
          }
        ]
      }
    ]
  },
  'channel.observed': {
    "type": "record",
    "name": "ObservedPage",
    "namespace": "parity.tables",
    "doc": "A read-back of the channel.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "month",
        "type": "string"
      },
      {
        "name": "requested_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "answered_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "version_before",
        "type": "long",
        "doc": "Acknowledged version before the request"
      },
      {
        "name": "version_after",
        "type": "long"
      },
      {
        "name": "columns",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "ObservedColumn",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "field",
                "type": {
                  "type": "enum",
                  "name": "FieldName",
                  "namespace": "parity.types",
                  "doc": "What a cell holds; availability per room, all others per rate plan.",
                  "symbols": [
                    "availability",
                    "price",
                    "min_stay_arrival",
                    "min_stay_through",
                    "max_stay",
                    "closed_to_arrival",
                    "closed_to_departure"
                  ]
                }
              },
              {
                "name": "rate_plan_id",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "values",
                "type": {
                  "type": "array",
                  "items": [
                    "null",
                    "long"
                  ]
                },
                "doc": "Null: not shown"
              }
            ]
          }
        }
      }
    ]
  },
  'channel.revisions': {
    "type": "record",
    "name": "SeenRevisions",
    "namespace": "parity.tables",
    "doc": "Revisions of a reservation that dedup has passed on.",
    "fields": [
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "reservation_id",
        "type": "string"
      },
      {
        "name": "seen",
        "type": {
          "type": "array",
          "items": {
            "type": "record",
            "name": "SeenRevision",
            "namespace": "parity.tables",
            "doc": "",
            "fields": [
              {
                "name": "status",
                "type": {
                  "type": "enum",
                  "name": "ReservationStatus",
                  "namespace": "parity.types",
                  "doc": "State of a reservation revision.",
                  "symbols": [
                    "new",
                    "modified",
                    "cancelled",
                    "request",
                    "declined",
                    "expired",
                    "no_show"
                  ]
                }
              },
              {
                "name": "revised_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              },
              {
                "name": "content_hash",
                "type": "string"
              },
              {
                "name": "seen_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        }
      }
    ]
  },
  'channel.sync-log': {
    "type": "record",
    "name": "SyncLogEntry",
    "namespace": "parity.events",
    "doc": "A row for channel_sync_logs.",
    "fields": [
      {
        "name": "id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "sync_type",
        "type": {
          "type": "enum",
          "name": "SyncType",
          "namespace": "parity.events",
          "doc": "",
          "symbols": [
            "booking_import",
            "booking_export",
            "availability_import",
            "availability_export",
            "price_import",
            "price_export",
            "content_sync",
            "webhook",
            "full_sync"
          ]
        }
      },
      {
        "name": "direction",
        "type": {
          "type": "enum",
          "name": "SyncLogDirection",
          "namespace": "parity.events",
          "doc": "",
          "symbols": [
            "inbound",
            "outbound"
          ]
        }
      },
      {
        "name": "status",
        "type": {
          "type": "enum",
          "name": "SyncStatus",
          "namespace": "parity.events",
          "doc": "",
          "symbols": [
            "started",
            "success",
            "partial_success",
            "failure",
            "skipped"
          ]
        }
      },
      {
        "name": "records_processed",
        "type": "int",
        "default": 0
      },
      {
        "name": "records_created",
        "type": "int",
        "default": 0
      },
      {
        "name": "records_updated",
        "type": "int",
        "default": 0
      },
      {
        "name": "records_failed",
        "type": "int",
        "default": 0
      },
      {
        "name": "records_skipped",
        "type": "int",
        "default": 0
      },
      {
        "name": "error_message",
        "type": [
          "null",
          "string"
        ],
        "default": null
      },
      {
        "name": "error_details",
        "type": [
          "null",
          "string"
        ],
        "doc": "JSON",
        "default": null
      },
      {
        "name": "request_data",
        "type": [
          "null",
          "string"
        ],
        "doc": "JSON, redacted",
        "default": null
      },
      {
        "name": "response_data",
        "type": [
          "null",
          "string"
        ],
        "doc": "JSON, redacted",
        "default": null
      },
      {
        "name": "started_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "completed_at",
        "type": [
          "null",
          {
            "type": "long",
            "logicalType": "timestamp-millis"
          }
        ],
        "default": null
      },
      {
        "name": "duration_ms",
        "type": [
          "null",
          "int"
        ],
        "default": null
      },
      {
        "name": "trace_id",
        "type": [
          "null",
          "string"
        ],
        "default": null
      },
      {
        "name": "connection_status",
        "type": [
          "null",
          {
            "type": "record",
            "name": "ConnectionOutcome",
            "namespace": "parity.events",
            "doc": "What the row means for the status columns of the connection.",
            "fields": [
              {
                "name": "status",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "error_code",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "error_message",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              }
            ]
          }
        ],
        "default": null
      }
    ]
  },
  'channel.webhooks': {
    "type": "record",
    "name": "InboundMessage",
    "namespace": "parity.events",
    "doc": "A message of a channel with its whole reservation.",
    "fields": [
      {
        "name": "message_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "connection_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        },
        "doc": "Of the first mapped room stay"
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "account_id",
        "type": "string"
      },
      {
        "name": "channel",
        "type": "string"
      },
      {
        "name": "via",
        "type": {
          "type": "enum",
          "name": "InboundVia",
          "namespace": "parity.events",
          "doc": "",
          "symbols": [
            "webhook",
            "poll",
            "fetch",
            "import",
            "synchronous"
          ]
        }
      },
      {
        "name": "received_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "reservation",
        "type": {
          "type": "record",
          "name": "Reservation",
          "namespace": "parity.types",
          "doc": "A whole reservation as one revision shows it.",
          "fields": [
            {
              "name": "reservation_id",
              "type": "string"
            },
            {
              "name": "status",
              "type": {
                "type": "enum",
                "name": "ReservationStatus",
                "namespace": "parity.types",
                "doc": "State of a reservation revision.",
                "symbols": [
                  "new",
                  "modified",
                  "cancelled",
                  "request",
                  "declined",
                  "expired",
                  "no_show"
                ]
              }
            },
            {
              "name": "revised_at",
              "type": {
                "type": "long",
                "logicalType": "timestamp-millis"
              },
              "doc": "Time of this revision at the channel"
            },
            {
              "name": "content_hash",
              "type": "string",
              "doc": "SHA-256 (hex) over the meaning of the revision"
            },
            {
              "name": "guest",
              "type": {
                "type": "record",
                "name": "Guest",
                "namespace": "parity.types",
                "doc": "The booker. Redacted in logs.",
                "fields": [
                  {
                    "name": "channel_guest_id",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "first_name",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "last_name",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "email",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "phone",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  },
                  {
                    "name": "country",
                    "type": [
                      "null",
                      "string"
                    ],
                    "default": null
                  }
                ]
              }
            },
            {
              "name": "room_stays",
              "type": {
                "type": "array",
                "items": {
                  "type": "record",
                  "name": "RoomStay",
                  "namespace": "parity.types",
                  "doc": "One room of a reservation.",
                  "fields": [
                    {
                      "name": "room_stay",
                      "type": "string",
                      "doc": "Identifies the room within the reservation; stable over revisions"
                    },
                    {
                      "name": "listing",
                      "type": "string",
                      "doc": "Listing or hotel id at the channel"
                    },
                    {
                      "name": "room_id",
                      "type": [
                        "null",
                        "string"
                      ],
                      "default": null
                    },
                    {
                      "name": "rate_plan_id",
                      "type": [
                        "null",
                        "string"
                      ],
                      "default": null
                    },
                    {
                      "name": "connection_id",
                      "type": [
                        "null",
                        {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      ],
                      "doc": "The connection of this listing and room; null: unmapped",
                      "default": null
                    },
                    {
                      "name": "property_id",
                      "type": [
                        "null",
                        {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      ],
                      "default": null
                    },
                    {
                      "name": "check_in",
                      "type": {
                        "type": "int",
                        "logicalType": "date"
                      }
                    },
                    {
                      "name": "check_out",
                      "type": {
                        "type": "int",
                        "logicalType": "date"
                      }
                    },
                    {
                      "name": "adults",
                      "type": "int",
                      "default": 0
                    },
                    {
                      "name": "children",
                      "type": "int",
                      "default": 0
                    },
                    {
                      "name": "status",
                      "type": "parity.types.ReservationStatus"
                    },
                    {
                      "name": "nightly_prices",
                      "type": {
                        "type": "array",
                        "items": {
                          "type": "record",
                          "name": "NightlyPrice",
                          "namespace": "parity.types",
                          "doc": "",
                          "fields": [
                            {
                              "name": "night",
                              "type": {
                                "type": "int",
                                "logicalType": "date"
                              }
                            },
                            {
                              "name": "amount",
                              "type": "long",
                              "doc": "Minor units"
                            }
                          ]
                        }
                      },
                      "default": []
                    },
                    {
                      "name": "total",
                      "type": [
                        "null",
                        "long"
                      ],
                      "doc": "Minor units, all taxes included where the channel says so",
                      "default": null
                    }
                  ]
                }
              }
            },
            {
              "name": "currency",
              "type": "string",
              "doc": "ISO 4217"
            },
            {
              "name": "total",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "taxes",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "commission",
              "type": [
                "null",
                "long"
              ],
              "default": null
            },
            {
              "name": "payment_kind",
              "type": {
                "type": "enum",
                "name": "PaymentKind",
                "namespace": "parity.types",
                "doc": "Who collects the money. Never card data.",
                "symbols": [
                  "unknown",
                  "hotel_collect",
                  "channel_collect",
                  "virtual_card"
                ],
                "default": "unknown"
              }
            },
            {
              "name": "special_requests",
              "type": [
                "null",
                "string"
              ],
              "default": null
            },
            {
              "name": "redacted_payload",
              "type": [
                "null",
                "string"
              ],
              "doc": "The message as received, card data and secrets removed",
              "default": null
            }
          ]
        }
      },
      {
        "name": "delivery",
        "type": [
          "null",
          {
            "type": "record",
            "name": "Delivery",
            "namespace": "parity.types",
            "doc": "One receipt of a message whose platform wants an acknowledgement.",
            "fields": [
              {
                "name": "delivery_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                },
                "doc": "Made at receipt"
              },
              {
                "name": "message_kind",
                "type": "string",
                "doc": "What to acknowledge, in the words of the connector"
              },
              {
                "name": "received_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                }
              }
            ]
          }
        ],
        "default": null
      }
    ]
  },
  'pms.events': {
    "type": "record",
    "name": "PmsEvent",
    "namespace": "parity.pms",
    "doc": "A fact of the PMS about one property. Key: property_id.",
    "fields": [
      {
        "name": "event_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "event_type",
        "type": "string",
        "doc": "booking.confirmed, booking.cancelled, booking.updated, availability.updated, pricing.updated, restrictions.updated, property.updated or calendar.snapshot"
      },
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "sequence",
        "type": [
          "null",
          "long"
        ],
        "doc": "Counter of the property, raised in the writing transaction; decides alone which of two facts is newer",
        "default": null
      },
      {
        "name": "occurred_at",
        "type": {
          "type": "long",
          "logicalType": "timestamp-millis"
        }
      },
      {
        "name": "origin",
        "type": [
          "null",
          {
            "type": "record",
            "name": "Origin",
            "namespace": "parity.types",
            "doc": "The channel booking that an event reports. Null origin: the PMS itself.",
            "fields": [
              {
                "name": "connection_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "reservation_id",
                "type": "string",
                "doc": "Id of the reservation at the channel"
              },
              {
                "name": "room_stay",
                "type": "string",
                "doc": "Identifies the room stay within the reservation"
              },
              {
                "name": "revised_at",
                "type": {
                  "type": "long",
                  "logicalType": "timestamp-millis"
                },
                "doc": "Time of the revision at the channel"
              },
              {
                "name": "channel_nights",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "DateRange",
                    "namespace": "parity.types",
                    "doc": "Nights from start up to, not including, end (the checkout day).",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      }
                    ]
                  }
                ],
                "doc": "Nights that the channel holds for the booking, where they differ from those of the event",
                "default": null
              }
            ]
          }
        ],
        "default": null
      },
      {
        "name": "payload",
        "type": [
          {
            "type": "record",
            "name": "BookingConfirmed",
            "namespace": "parity.pms",
            "doc": "Closes the nights on every other channel.",
            "fields": [
              {
                "name": "booking_id",
                "type": "string"
              },
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "check_in",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              },
              {
                "name": "check_out",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "BookingCancelled",
            "namespace": "parity.pms",
            "doc": "Frees the nights unless something else covers them.",
            "fields": [
              {
                "name": "booking_id",
                "type": "string"
              },
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "check_in",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              },
              {
                "name": "check_out",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "BookingUpdated",
            "namespace": "parity.pms",
            "doc": "Moves a booking to other nights.",
            "fields": [
              {
                "name": "booking_id",
                "type": "string"
              },
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "old_dates",
                "type": "parity.types.DateRange"
              },
              {
                "name": "new_dates",
                "type": "parity.types.DateRange"
              }
            ]
          },
          {
            "type": "record",
            "name": "AvailabilityUpdated",
            "namespace": "parity.pms",
            "doc": "Manual block or unblock. With block_id it is a register of its own (hold, pending request), else it sets the nights.",
            "fields": [
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "date_range",
                "type": "parity.types.DateRange"
              },
              {
                "name": "available",
                "type": "boolean"
              },
              {
                "name": "block_id",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "expires_at",
                "type": [
                  "null",
                  {
                    "type": "long",
                    "logicalType": "timestamp-millis"
                  }
                ],
                "doc": "For holds: the block ends by itself",
                "default": null
              },
              {
                "name": "reason",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              }
            ]
          },
          {
            "type": "record",
            "name": "PricingUpdated",
            "namespace": "parity.pms",
            "doc": "Sets the price of every night of date_range; nights that no span covers have no price any more.",
            "fields": [
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "date_range",
                "type": "parity.types.DateRange"
              },
              {
                "name": "currency",
                "type": "string",
                "doc": "ISO 4217"
              },
              {
                "name": "new_prices",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "PriceSpan",
                    "namespace": "parity.types",
                    "doc": "One price for every night from start up to, not including, end.",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "amount",
                        "type": "long",
                        "doc": "Minor units of the currency of the event, per night"
                      }
                    ]
                  }
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "RestrictionsUpdated",
            "namespace": "parity.pms",
            "doc": "Sets all restrictions of every night of date_range.",
            "fields": [
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "date_range",
                "type": "parity.types.DateRange"
              },
              {
                "name": "restrictions",
                "type": {
                  "type": "record",
                  "name": "RestrictionSet",
                  "namespace": "parity.types",
                  "doc": "All restrictions of a night; null: none.",
                  "fields": [
                    {
                      "name": "min_stay_arrival",
                      "type": [
                        "null",
                        "int"
                      ],
                      "doc": "Nights, for stays that arrive on this date",
                      "default": null
                    },
                    {
                      "name": "min_stay_through",
                      "type": [
                        "null",
                        "int"
                      ],
                      "doc": "Nights, for stays that include this night",
                      "default": null
                    },
                    {
                      "name": "max_stay",
                      "type": [
                        "null",
                        "int"
                      ],
                      "doc": "Nights",
                      "default": null
                    },
                    {
                      "name": "closed_to_arrival",
                      "type": "boolean",
                      "default": false
                    },
                    {
                      "name": "closed_to_departure",
                      "type": "boolean",
                      "default": false
                    }
                  ]
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "PropertyUpdated",
            "namespace": "parity.pms",
            "doc": "The property itself.",
            "fields": [
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "name",
                "type": "string",
                "default": ""
              },
              {
                "name": "time_zone",
                "type": "string",
                "doc": "IANA name"
              },
              {
                "name": "currency",
                "type": "string",
                "doc": "ISO 4217"
              },
              {
                "name": "max_guests",
                "type": "int",
                "default": 1
              },
              {
                "name": "address",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "Address",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "street",
                        "type": "string"
                      },
                      {
                        "name": "city",
                        "type": "string"
                      },
                      {
                        "name": "postal_code",
                        "type": "string"
                      },
                      {
                        "name": "country",
                        "type": "string",
                        "doc": "ISO 3166-1 alpha-2"
                      },
                      {
                        "name": "latitude",
                        "type": [
                          "null",
                          "double"
                        ],
                        "default": null
                      },
                      {
                        "name": "longitude",
                        "type": [
                          "null",
                          "double"
                        ],
                        "default": null
                      }
                    ]
                  }
                ],
                "default": null
              },
              {
                "name": "fees",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "Fee",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "name",
                        "type": "string"
                      },
                      {
                        "name": "basis",
                        "type": {
                          "type": "enum",
                          "name": "FeeBasis",
                          "namespace": "parity.pms",
                          "doc": "",
                          "symbols": [
                            "per_stay",
                            "per_night",
                            "per_guest",
                            "per_guest_night"
                          ]
                        }
                      },
                      {
                        "name": "amount",
                        "type": "long",
                        "doc": "Minor units"
                      }
                    ]
                  }
                },
                "default": []
              },
              {
                "name": "taxes",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "Tax",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "name",
                        "type": "string"
                      },
                      {
                        "name": "percent_hundredths",
                        "type": "int",
                        "doc": "7.00 % is 700"
                      }
                    ]
                  }
                },
                "default": []
              },
              {
                "name": "landing_url",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              },
              {
                "name": "content",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "PropertyContent",
                    "namespace": "parity.pms",
                    "doc": "What a guest reads and agrees to. Texts are plain, without markup.",
                    "fields": [
                      {
                        "name": "texts",
                        "type": {
                          "type": "array",
                          "items": {
                            "type": "record",
                            "name": "PropertyText",
                            "namespace": "parity.pms",
                            "doc": "In one language.",
                            "fields": [
                              {
                                "name": "language",
                                "type": "string",
                                "doc": "BCP 47"
                              },
                              {
                                "name": "headline",
                                "type": "string",
                                "default": ""
                              },
                              {
                                "name": "description",
                                "type": "string",
                                "default": ""
                              }
                            ]
                          }
                        },
                        "doc": "One for each language, the first is that of the owner",
                        "default": []
                      },
                      {
                        "name": "photos",
                        "type": {
                          "type": "array",
                          "items": "string"
                        },
                        "doc": "Absolute URLs, the cover first",
                        "default": []
                      },
                      {
                        "name": "property_type",
                        "type": [
                          "null",
                          "string"
                        ],
                        "doc": "`house`, `apartment`, …: PROPERTY_TYPES in schemas/property-content.ts",
                        "default": null
                      },
                      {
                        "name": "bedrooms",
                        "type": [
                          "null",
                          "int"
                        ],
                        "default": null
                      },
                      {
                        "name": "bathrooms",
                        "type": [
                          "null",
                          "int"
                        ],
                        "default": null
                      },
                      {
                        "name": "check_in_time",
                        "type": [
                          "null",
                          "string"
                        ],
                        "doc": "hh:mm, from when on; time of the property",
                        "default": null
                      },
                      {
                        "name": "check_out_time",
                        "type": [
                          "null",
                          "string"
                        ],
                        "doc": "hh:mm, until when",
                        "default": null
                      },
                      {
                        "name": "house_rules",
                        "type": [
                          "null",
                          {
                            "type": "record",
                            "name": "HouseRules",
                            "namespace": "parity.pms",
                            "doc": "",
                            "fields": [
                              {
                                "name": "children_allowed",
                                "type": "boolean"
                              },
                              {
                                "name": "events_allowed",
                                "type": "boolean"
                              },
                              {
                                "name": "pets_allowed",
                                "type": "boolean"
                              },
                              {
                                "name": "smoking_allowed",
                                "type": "boolean"
                              },
                              {
                                "name": "minimum_age",
                                "type": [
                                  "null",
                                  "int"
                                ],
                                "doc": "Of who books; null: none is asked for",
                                "default": null
                              }
                            ]
                          }
                        ],
                        "default": null
                      },
                      {
                        "name": "cancellation",
                        "type": [
                          "null",
                          {
                            "type": "record",
                            "name": "CancellationTerms",
                            "namespace": "parity.pms",
                            "doc": "",
                            "fields": [
                              {
                                "name": "free_until_days",
                                "type": [
                                  "null",
                                  "int"
                                ],
                                "doc": "Whole days before arrival up to which a cancellation costs nothing; null: it always costs",
                                "default": null
                              }
                            ]
                          }
                        ],
                        "doc": "Null: not said",
                        "default": null
                      }
                    ]
                  }
                ],
                "doc": "Null: not said",
                "default": null
              }
            ]
          },
          {
            "type": "record",
            "name": "CalendarSnapshot",
            "namespace": "parity.pms",
            "doc": "The whole calendar, read while holding the property counter. Replaces bookings, blocks, prices and restrictions up to its sequence and covers all nights from first_date on.",
            "fields": [
              {
                "name": "property_id",
                "type": {
                  "type": "string",
                  "logicalType": "uuid"
                }
              },
              {
                "name": "first_date",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              },
              {
                "name": "currency",
                "type": "string",
                "doc": "ISO 4217"
              },
              {
                "name": "bookings",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "SnapshotBooking",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "booking_id",
                        "type": "string"
                      },
                      {
                        "name": "check_in",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "check_out",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "origin",
                        "type": [
                          "null",
                          "parity.types.Origin"
                        ],
                        "default": null
                      }
                    ]
                  }
                }
              },
              {
                "name": "blocks",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "SnapshotBlock",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "block_id",
                        "type": [
                          "null",
                          "string"
                        ],
                        "default": null
                      },
                      {
                        "name": "expires_at",
                        "type": [
                          "null",
                          {
                            "type": "long",
                            "logicalType": "timestamp-millis"
                          }
                        ],
                        "default": null
                      }
                    ]
                  }
                }
              },
              {
                "name": "prices",
                "type": {
                  "type": "array",
                  "items": "parity.types.PriceSpan"
                }
              },
              {
                "name": "restrictions",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "SnapshotRestriction",
                    "namespace": "parity.pms",
                    "doc": "",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "restrictions",
                        "type": "parity.types.RestrictionSet"
                      }
                    ]
                  }
                }
              }
            ]
          }
        ]
      }
    ]
  },
  'property.calendar': {
    "type": "record",
    "name": "PropertyCalendarEntry",
    "namespace": "parity.tables",
    "doc": "Convergent calendar of a property: one register per key.",
    "fields": [
      {
        "name": "tenant_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "property_id",
        "type": {
          "type": "string",
          "logicalType": "uuid"
        }
      },
      {
        "name": "entry",
        "type": [
          {
            "type": "record",
            "name": "BookingRegister",
            "namespace": "parity.tables",
            "doc": "Two registers, each with its own newest sequence: what the PMS says and what the channel holds. A night is closed while either covers it.",
            "fields": [
              {
                "name": "booking_id",
                "type": "string"
              },
              {
                "name": "pms",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "PmsSide",
                    "namespace": "parity.tables",
                    "doc": "The PMS view",
                    "fields": [
                      {
                        "name": "sequence",
                        "type": "long"
                      },
                      {
                        "name": "live",
                        "type": "boolean",
                        "doc": "False: cancelled"
                      },
                      {
                        "name": "check_in",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "check_out",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      }
                    ]
                  }
                ],
                "default": null
              },
              {
                "name": "channel",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "ChannelSide",
                    "namespace": "parity.tables",
                    "doc": "What the channel of origin holds",
                    "fields": [
                      {
                        "name": "sequence",
                        "type": "long"
                      },
                      {
                        "name": "live",
                        "type": "boolean",
                        "doc": "False: cancelled"
                      },
                      {
                        "name": "check_in",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "check_out",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "connection_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "reservation_id",
                        "type": "string"
                      },
                      {
                        "name": "room_stay",
                        "type": "string"
                      },
                      {
                        "name": "revised_at",
                        "type": {
                          "type": "long",
                          "logicalType": "timestamp-millis"
                        }
                      }
                    ]
                  }
                ],
                "default": null
              },
              {
                "name": "left",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "LeftNights",
                    "namespace": "parity.tables",
                    "doc": "Nights that the channel side once covered and left.",
                    "fields": [
                      {
                        "name": "start",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "end",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "sequence",
                        "type": "long",
                        "doc": "When it left them"
                      },
                      {
                        "name": "connection_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      }
                    ]
                  }
                },
                "doc": "Kept until check-out and the retention of pms.events have passed",
                "default": []
              }
            ]
          },
          {
            "type": "record",
            "name": "BlockRegister",
            "namespace": "parity.tables",
            "doc": "A block with an id: hold, pending request, accepted held night.",
            "fields": [
              {
                "name": "block_id",
                "type": "string"
              },
              {
                "name": "sequence",
                "type": "long"
              },
              {
                "name": "live",
                "type": "boolean"
              },
              {
                "name": "start",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              },
              {
                "name": "end",
                "type": {
                  "type": "int",
                  "logicalType": "date"
                }
              },
              {
                "name": "expires_at",
                "type": [
                  "null",
                  {
                    "type": "long",
                    "logicalType": "timestamp-millis"
                  }
                ],
                "default": null
              },
              {
                "name": "reason",
                "type": [
                  "null",
                  "string"
                ],
                "default": null
              }
            ]
          },
          {
            "type": "record",
            "name": "MonthRegister",
            "namespace": "parity.tables",
            "doc": "Registers of one month, one element per day.",
            "fields": [
              {
                "name": "month",
                "type": "string",
                "doc": "yyyy-mm"
              },
              {
                "name": "blocks",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "NightBlock",
                    "namespace": "parity.tables",
                    "doc": "",
                    "fields": [
                      {
                        "name": "sequence",
                        "type": "long"
                      },
                      {
                        "name": "closed",
                        "type": "boolean"
                      }
                    ]
                  }
                }
              },
              {
                "name": "prices",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "NightPrice",
                    "namespace": "parity.tables",
                    "doc": "",
                    "fields": [
                      {
                        "name": "sequence",
                        "type": "long"
                      },
                      {
                        "name": "amount",
                        "type": [
                          "null",
                          "long"
                        ],
                        "doc": "Minor units; null: no price",
                        "default": null
                      },
                      {
                        "name": "currency",
                        "type": [
                          "null",
                          "string"
                        ],
                        "default": null
                      }
                    ]
                  }
                }
              },
              {
                "name": "restrictions",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "NightRestrictions",
                    "namespace": "parity.tables",
                    "doc": "",
                    "fields": [
                      {
                        "name": "sequence",
                        "type": "long"
                      },
                      {
                        "name": "set",
                        "type": {
                          "type": "record",
                          "name": "RestrictionSet",
                          "namespace": "parity.types",
                          "doc": "All restrictions of a night; null: none.",
                          "fields": [
                            {
                              "name": "min_stay_arrival",
                              "type": [
                                "null",
                                "int"
                              ],
                              "doc": "Nights, for stays that arrive on this date",
                              "default": null
                            },
                            {
                              "name": "min_stay_through",
                              "type": [
                                "null",
                                "int"
                              ],
                              "doc": "Nights, for stays that include this night",
                              "default": null
                            },
                            {
                              "name": "max_stay",
                              "type": [
                                "null",
                                "int"
                              ],
                              "doc": "Nights",
                              "default": null
                            },
                            {
                              "name": "closed_to_arrival",
                              "type": "boolean",
                              "default": false
                            },
                            {
                              "name": "closed_to_departure",
                              "type": "boolean",
                              "default": false
                            }
                          ]
                        }
                      }
                    ]
                  }
                }
              }
            ]
          },
          {
            "type": "record",
            "name": "AboutRegister",
            "namespace": "parity.tables",
            "doc": "The property itself and the snapshots that cover its nights.",
            "fields": [
              {
                "name": "sequence",
                "type": "long",
                "doc": "Of the newest property.updated; 0: none yet"
              },
              {
                "name": "property",
                "type": [
                  "null",
                  {
                    "type": "record",
                    "name": "PropertyUpdated",
                    "namespace": "parity.pms",
                    "doc": "The property itself.",
                    "fields": [
                      {
                        "name": "property_id",
                        "type": {
                          "type": "string",
                          "logicalType": "uuid"
                        }
                      },
                      {
                        "name": "name",
                        "type": "string",
                        "default": ""
                      },
                      {
                        "name": "time_zone",
                        "type": "string",
                        "doc": "IANA name"
                      },
                      {
                        "name": "currency",
                        "type": "string",
                        "doc": "ISO 4217"
                      },
                      {
                        "name": "max_guests",
                        "type": "int",
                        "default": 1
                      },
                      {
                        "name": "address",
                        "type": [
                          "null",
                          {
                            "type": "record",
                            "name": "Address",
                            "namespace": "parity.pms",
                            "doc": "",
                            "fields": [
                              {
                                "name": "street",
                                "type": "string"
                              },
                              {
                                "name": "city",
                                "type": "string"
                              },
                              {
                                "name": "postal_code",
                                "type": "string"
                              },
                              {
                                "name": "country",
                                "type": "string",
                                "doc": "ISO 3166-1 alpha-2"
                              },
                              {
                                "name": "latitude",
                                "type": [
                                  "null",
                                  "double"
                                ],
                                "default": null
                              },
                              {
                                "name": "longitude",
                                "type": [
                                  "null",
                                  "double"
                                ],
                                "default": null
                              }
                            ]
                          }
                        ],
                        "default": null
                      },
                      {
                        "name": "fees",
                        "type": {
                          "type": "array",
                          "items": {
                            "type": "record",
                            "name": "Fee",
                            "namespace": "parity.pms",
                            "doc": "",
                            "fields": [
                              {
                                "name": "name",
                                "type": "string"
                              },
                              {
                                "name": "basis",
                                "type": {
                                  "type": "enum",
                                  "name": "FeeBasis",
                                  "namespace": "parity.pms",
                                  "doc": "",
                                  "symbols": [
                                    "per_stay",
                                    "per_night",
                                    "per_guest",
                                    "per_guest_night"
                                  ]
                                }
                              },
                              {
                                "name": "amount",
                                "type": "long",
                                "doc": "Minor units"
                              }
                            ]
                          }
                        },
                        "default": []
                      },
                      {
                        "name": "taxes",
                        "type": {
                          "type": "array",
                          "items": {
                            "type": "record",
                            "name": "Tax",
                            "namespace": "parity.pms",
                            "doc": "",
                            "fields": [
                              {
                                "name": "name",
                                "type": "string"
                              },
                              {
                                "name": "percent_hundredths",
                                "type": "int",
                                "doc": "7.00 % is 700"
                              }
                            ]
                          }
                        },
                        "default": []
                      },
                      {
                        "name": "landing_url",
                        "type": [
                          "null",
                          "string"
                        ],
                        "default": null
                      },
                      {
                        "name": "content",
                        "type": [
                          "null",
                          {
                            "type": "record",
                            "name": "PropertyContent",
                            "namespace": "parity.pms",
                            "doc": "What a guest reads and agrees to. Texts are plain, without markup.",
                            "fields": [
                              {
                                "name": "texts",
                                "type": {
                                  "type": "array",
                                  "items": {
                                    "type": "record",
                                    "name": "PropertyText",
                                    "namespace": "parity.pms",
                                    "doc": "In one language.",
                                    "fields": [
                                      {
                                        "name": "language",
                                        "type": "string",
                                        "doc": "BCP 47"
                                      },
                                      {
                                        "name": "headline",
                                        "type": "string",
                                        "default": ""
                                      },
                                      {
                                        "name": "description",
                                        "type": "string",
                                        "default": ""
                                      }
                                    ]
                                  }
                                },
                                "doc": "One for each language, the first is that of the owner",
                                "default": []
                              },
                              {
                                "name": "photos",
                                "type": {
                                  "type": "array",
                                  "items": "string"
                                },
                                "doc": "Absolute URLs, the cover first",
                                "default": []
                              },
                              {
                                "name": "property_type",
                                "type": [
                                  "null",
                                  "string"
                                ],
                                "doc": "`house`, `apartment`, …: PROPERTY_TYPES in schemas/property-content.ts",
                                "default": null
                              },
                              {
                                "name": "bedrooms",
                                "type": [
                                  "null",
                                  "int"
                                ],
                                "default": null
                              },
                              {
                                "name": "bathrooms",
                                "type": [
                                  "null",
                                  "int"
                                ],
                                "default": null
                              },
                              {
                                "name": "check_in_time",
                                "type": [
                                  "null",
                                  "string"
                                ],
                                "doc": "hh:mm, from when on; time of the property",
                                "default": null
                              },
                              {
                                "name": "check_out_time",
                                "type": [
                                  "null",
                                  "string"
                                ],
                                "doc": "hh:mm, until when",
                                "default": null
                              },
                              {
                                "name": "house_rules",
                                "type": [
                                  "null",
                                  {
                                    "type": "record",
                                    "name": "HouseRules",
                                    "namespace": "parity.pms",
                                    "doc": "",
                                    "fields": [
                                      {
                                        "name": "children_allowed",
                                        "type": "boolean"
                                      },
                                      {
                                        "name": "events_allowed",
                                        "type": "boolean"
                                      },
                                      {
                                        "name": "pets_allowed",
                                        "type": "boolean"
                                      },
                                      {
                                        "name": "smoking_allowed",
                                        "type": "boolean"
                                      },
                                      {
                                        "name": "minimum_age",
                                        "type": [
                                          "null",
                                          "int"
                                        ],
                                        "doc": "Of who books; null: none is asked for",
                                        "default": null
                                      }
                                    ]
                                  }
                                ],
                                "default": null
                              },
                              {
                                "name": "cancellation",
                                "type": [
                                  "null",
                                  {
                                    "type": "record",
                                    "name": "CancellationTerms",
                                    "namespace": "parity.pms",
                                    "doc": "",
                                    "fields": [
                                      {
                                        "name": "free_until_days",
                                        "type": [
                                          "null",
                                          "int"
                                        ],
                                        "doc": "Whole days before arrival up to which a cancellation costs nothing; null: it always costs",
                                        "default": null
                                      }
                                    ]
                                  }
                                ],
                                "doc": "Null: not said",
                                "default": null
                              }
                            ]
                          }
                        ],
                        "doc": "Null: not said",
                        "default": null
                      }
                    ]
                  }
                ],
                "default": null
              },
              {
                "name": "snapshots",
                "type": {
                  "type": "array",
                  "items": {
                    "type": "record",
                    "name": "SnapshotFloor",
                    "namespace": "parity.tables",
                    "doc": "Facts about nights from first_date on that are older than sequence are void.",
                    "fields": [
                      {
                        "name": "first_date",
                        "type": {
                          "type": "int",
                          "logicalType": "date"
                        }
                      },
                      {
                        "name": "sequence",
                        "type": "long"
                      }
                    ]
                  }
                },
                "doc": "Newest first; each covers earlier first dates than the ones before it"
              }
            ]
          }
        ]
      }
    ]
  },
};
