SOURCE = 'survey'
