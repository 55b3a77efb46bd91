//! Invented papers. No title, author or result in them is real.

/// One paper.
pub(super) struct Paper {
    pub id: &'static str,
    pub title: &'static str,
    pub authors: &'static [&'static str],
    pub summary: &'static str,
    pub class: &'static str,
    pub day: &'static str,
}

pub(super) const PAPERS: [Paper; 6] = [
    Paper {
        id: "2601.00011",
        title: "Planning with Tools: Small Language Models & Typed Actions",
        authors: &["Haneul Kim", "Alex Morgan"],
        summary: "We let small language models plan over typed tools. Plans that do not fit their types cannot be written; failures fall by a third.",
        class: "cs.AI",
        day: "2026-01-06",
    },
    Paper {
        id: "2601.00027",
        title: "Durable Execution of Agents under Crashes",
        authors: &["Seoyeon Park"],
        summary: "An agent that calls outside services must neither lose nor repeat a call. We log intentions before effects and measure recovery after 1,000 crashes.",
        class: "cs.DC",
        day: "2026-01-07",
    },
    Paper {
        id: "2601.00102",
        title: "Prompt Injection in Office Agents: a Field Study",
        authors: &["Minji Lee", "Tom Hughes"],
        summary: "Mails and web pages give orders to language models. We follow the flow of untrusted text and ask people only where it reaches an action.",
        class: "cs.CR",
        day: "2026-01-08",
    },
    Paper {
        id: "2601.00140",
        title: "Korean Tokenisation without a Dictionary",
        authors: &["Jiho Choi"],
        summary: "Character n-grams retrieve Korean documents as well as morphological analysis, at a tenth of its cost.",
        class: "cs.CL",
        day: "2026-01-09",
    },
    Paper {
        id: "2512.00901",
        title: "Retrieval for Ten Thousand Tools",
        authors: &["Alex Morgan"],
        summary: "Ranking tools by words and types finds the right one of 10,000 in under five milliseconds.",
        class: "cs.IR",
        day: "2025-12-20",
    },
    Paper {
        id: "2512.00955",
        title: "Forecasting River Levels with Small Models",
        authors: &["Bora Jung"],
        summary: "Six-hour forecasts of river levels from rain gauges.",
        class: "cs.LG",
        day: "2025-12-22",
    },
];
