"""The sidebar: pages, chats, documents."""
