"""Words that make a name, and words that unmake one. Made by us; must not know texts."""

from typing import Final

_LEGAL_WORDS: Final = """
inc incorporated corp corporation ltd limited llc l.l.c llp l.l.p lp l.p plc gmbh ag kg kgaa mbh
ohg e.v s.a s.a.s sas sarl s.à.r.l s.p.a spa s.r.l srl b.v bv n.v nv asa a/s oy oyj pty k.k s.a.b
s.l sl ооо оао пао зао ао
"""
LEGAL: Final = frozenset(_LEGAL_WORDS.split())
"""Forms of a company; with a capital word before them they make a name."""

_LEGAL_CAPITALS_WORDS: Final = """
AG KG SE AB SA NV BV SL LP SPA SAS OY AS ASA SRL KK LLC LLP PLC ОАО ООО ПАО ЗАО АО
"""
LEGAL_CAPITALS: Final = frozenset(_LEGAL_CAPITALS_WORDS.split())
"""Those that are words of another kind when written small; these capitals count only."""

_COMPANY_WORDS: Final = """
company co
"""
COMPANY: Final = frozenset(_COMPANY_WORDS.split())
"""Weaker forms: “the Company” and “a holding company” are no names."""

_INSTITUTION_WORDS: Final = """
commission agency authority university institute association foundation council exchange ministry
universität institut verband ministerium université universidad
"""
INSTITUTION: Final = frozenset(_INSTITUTION_WORDS.split())
_HEADS_WORDS: Final = """
bank university ministry department bureau institute college ministère banque universität
université universidad ministerio banco
"""
HEADS: Final = frozenset(_HEADS_WORDS.split())
"""What may stand before “of” at the beginning of a name."""

_GENERIC_WORDS: Final = """
intermediate substitute rating wholly-owned foreign currency designated applicable successor
total entire whole common preferred other listed registered
the a an our its their this that these those any each such no all some certain parent holding
public private reporting operating insurance trust issuing new acquired target successor
predecessor combined surviving portfolio group shell affiliated subsidiary subsidiaries registrant
foreign domestic blank smaller management investment emerging growth limited liability joint stock
securities national federal state local general united american european international global
central independent regulatory government competent tax environmental health safety audit trading
major leading various several many both one two three class series note notes item part section
exhibit schedule annex form article mr mrs ms dr current former respective relevant applicable
senior consolidated company companies
"""
GENERIC: Final = frozenset(_GENERIC_WORDS.split())
"""A name does not consist of these alone."""

_STARTERS_WORDS: Final = """
total pursuant
a an the in on at by for from to with under as if when while since after before during and but or
nor our we its their this that these those his her it he she they there here all both each every
some any no not such other also however although because through between among against within
without upon over below above per via unlike like including excluding prior following see refer
effective accordingly additionally further furthermore historically currently please der die das
ein eine im am bei mit von für und le la les un une en dans par pour avec el los las una con del al
dear subject re fwd cc bcc page source copyright
"""
STARTERS: Final = frozenset(_STARTERS_WORDS.split())
"""Capitalised at the beginning of a sentence; they are no part of a name."""

_HONORIFICS_WORDS: Final = """
mr mrs ms miss dr prof professor sir dame lord lady judge justice senator herr herrn frau mme mlle
monsieur madame sr sra señor señora don doña rev hon г-н г-жа господин госпожа
"""
HONORIFICS: Final = frozenset(_HONORIFICS_WORDS.split())
_PARTICLES_WORDS: Final = """
von van de der den del della di da du la le bin al el zu ten
"""
PARTICLES: Final = frozenset(_PARTICLES_WORDS.split())

_NOT_BEFORE_WORDS: Final = """
law laws act acts rate rates code manual rule rules plan plans risk risks index
"""
NOT_BEFORE: Final = frozenset(_NOT_BEFORE_WORDS.split())
"""Behind what looks like an organisation they make something else: “General Corporation Law”."""

_NAME_ENDS_WORDS: Final = """
jr sr ii iii iv phd md esq cpa
"""
NAME_ENDS: Final = frozenset(_NAME_ENDS_WORDS.split())
"""Behind a name; part of it."""

_ROLES_WORDS: Final = """
chairman chairwoman chair chief president vice executive officer director secretary treasurer
senior counsel controller accountant manager partner member trustee founder principal general
financial operating lead independent attorney professor judge minister ambassador age board ceo cfo
coo cto evp svp head global corporate deputy assistant associate managing regional research
marketing human legal group business international division
"""
ROLES: Final = frozenset(_ROLES_WORDS.split())
"""Words of offices; a name ends before them."""

_NO_SURNAME_WORDS: Final = """
pursuant certification
created last changed year title subject date author by modified sent received dear phone mail
street avenue road drive lane boulevard square park place plaza building tower center centre
hospital school college university institute foundation company bank trust fund funds capital
partners holdings industries group river lake island islands county city town bay beach mountain
valley church court act plan index award prize day code report agreement policy program project
system systems model theorem theory method algorithm test law rule stadium airport station bridge
house hall museum library press news times journal airlines motors controls stanley lilly chase
klein deere hancock schwab inc corp ltd llc co gmbh ag plc north south east west new san los saint
st and the of in on at is was has had will would may can for with from said says stated monday
tuesday wednesday thursday friday saturday sunday january february march april june july august
september october november december
"""
NO_SURNAME: Final = ROLES | frozenset(_NO_SURNAME_WORDS.split())
"""Behind a first name they make the name of something else."""

_FIRST_NAMES_WORDS: Final = """
aaron adam adrian alan albert alejandro alex alexander alexandra alexis alfred alice alicia allison
amanda amy ana andrea andreas andrei andrew andré angela anita ann anna anne annette anthony
antonio arthur ashley barbara beatrice ben benjamin bernard bernd beth betty björn bradley brandon
brenda brent brett brian bruce bryan carl carla carlos carmen carol caroline catherine cathy chad
charles cheryl christina christine christoph christopher cindy claire claudia claude colleen connie
constance craig cristina cynthia dale dan daniel daniela danielle darren dave david deborah debra
denise dennis derek diana diane dieter dmitri donald donna doris dorothy douglas edgar eduardo
edward edwin eileen elaine elena eleanor elizabeth ellen emily emma enrique eric erik erika ernest
esther ethan eugene eva evelyn fabian felix fernando francesca francesco francis francisco françois
frederick friedrich gabriel gabriela gail gary geoffrey georg george gerald gerard gerhard gilbert
giovanni giuseppe glenn gloria gordon greg gregory guillermo gustavo hans harald harold heather
heidi heinrich helen helena helmut henry herbert holger howard hugo ian igor ingrid irene isabel
ivan jacob jacqueline jacques james jamie jan jane janet janice jason javier jay jean jeff jeffrey
jennifer jens jeremy jerome jerry jessica jill jim joachim joan joanna joe joel johan johann
johannes john jon jonathan jorge jose joseph josef josé joshua joyce juan judith judy jürgen julia
julian julie justin karen karin karl katherine kathleen kathryn kathy katja keith kelly ken kenneth
kevin kimberly klaus kristen kristin kurt larry lars laura lauren laurence lawrence leonard leslie
linda lisa lois lorenzo louis louise lucas lucia luigi luis lukas lynn manfred manuel marc marcel
marcus margaret maria marie marilyn mario marion marjorie mark markus martha martin martina mary
matthew matthias maureen maurice max megan melanie melissa michael michaela micheal michel michelle
miguel mike mikhail miriam monica monika nancy natalia natalie nathan neil nicholas nick nicola
nicolas nicole nigel nikolai nina norbert norman olaf oleg olga oliver olivia oscar otto pablo
pamela patricia patrick paul paula pedro peggy peter petra phil philip philippe phillip pierre
rachel rafael ralf ralph ramon randall randy raymond rebecca regina reinhard renate rené ricardo
richard rita robert roberto robin rodney roger roland rolf ron ronald rosemary roy rudolf russell
ruth ryan sabine sally samantha samuel sandra sara sarah scott sean sebastian sergei sergey sergio
shannon sharon shirley simon simone sofia sonia sophie stanley stefan stefanie stephanie stephen
steve steven stuart susan susanne suzanne sylvia tammy tanya tatiana ted teresa theodore theresa
thomas timothy tina todd tom tony tracy ulrich ursula uwe valentina valerie vanessa vera veronica
victor vincent virginie vladimir walter wanda wayne wendy werner wilhelm william wolfgang xavier
yolanda yuri yvonne mohammed muhammad ahmed ali hassan omar fatima ibrahim satya sundar indra
rajesh sanjay anil arun deepak priya ravi suresh vijay wei hiroshi kenji takeshi yuki андрей
алексей александр анна владимир дмитрий елена иван мария михаил наталья николай ольга павел сергей
татьяна юрий
"""
FIRST_NAMES: Final = frozenset(_FIRST_NAMES_WORDS.split())
"""Common ones in many languages; those that are also places, months or words are left out."""

_PLACE_LIST: Final = """
Afghanistan, Albania, Algeria, Argentina, Armenia, Australia, Austria, Azerbaijan, Bahrain,
Bangladesh, Belarus, Belgium, Bolivia, Brazil, Bulgaria, Cambodia, Cameroon, Canada, Chile, China,
Colombia, Costa Rica, Croatia, Cuba, Cyprus, Czech Republic, Denmark, Dominican Republic, Ecuador,
Egypt, El Salvador, Estonia, Ethiopia, Finland, France, Germany, Ghana, Greece, Guatemala,
Honduras, Hong Kong, Hungary, Iceland, India, Indonesia, Iran, Iraq, Ireland, Israel, Italy,
Jamaica, Japan, Kazakhstan, Kenya, Kuwait, Latvia, Lebanon, Lithuania, Luxembourg, Malaysia, Malta,
Mexico, Moldova, Mongolia, Morocco, Myanmar, Nepal, Netherlands, New Zealand, Nicaragua, Nigeria,
North Korea, Norway, Oman, Pakistan, Panama, Paraguay, Peru, Philippines, Poland, Portugal, Puerto
Rico, Qatar, Romania, Russia, Saudi Arabia, Serbia, Singapore, Slovakia, Slovenia, South Africa,
South Korea, Spain, Sri Lanka, Sudan, Sweden, Switzerland, Syria, Taiwan, Tanzania, Thailand,
Tunisia, Turkey, Uganda, Ukraine, United Arab Emirates, United Kingdom, United States, Uruguay,
Uzbekistan, Venezuela, Vietnam, Yemen, Zambia, Zimbabwe, Alabama, Alaska, Arizona, Arkansas,
California, Colorado, Connecticut, Delaware, Florida, Hawaii, Idaho, Illinois, Indiana, Iowa,
Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota, Mississippi,
Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North
Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South
Dakota, Tennessee, Texas, Utah, Vermont, Virginia, West Virginia, Wisconsin, Wyoming, Ontario,
Quebec, British Columbia, Alberta, Amsterdam, Atlanta, Baltimore, Bangalore, Bangkok, Barcelona,
Beijing, Berlin, Bonn, Boston, Brussels, Budapest, Buenos Aires, Cairo, Chicago, Cincinnati,
Cleveland, Cologne, Copenhagen, Dallas, Delhi, Denver, Detroit, Dubai, Dublin, Düsseldorf,
Edinburgh, Frankfurt, Geneva, Hamburg, Helsinki, Houston, Indianapolis, Istanbul, Jakarta,
Johannesburg, Las Vegas, Lisbon, London, Los Angeles, Lyon, Madrid, Manila, Melbourne, Miami,
Milan, Milwaukee, Minneapolis, Montreal, Moscow, Mumbai, Munich, Nairobi, New Orleans, Oslo, Paris,
Philadelphia, Phoenix, Pittsburgh, Prague, Rome, Saint Paul, St. Paul, San Diego, San Francisco,
San José, Santiago, São Paulo, Seattle, Seoul, Shanghai, Shenzhen, Stockholm, Stuttgart, Sydney,
Tel Aviv, Tokyo, Toronto, Vancouver, Vienna, Warsaw, Washington D.C., Zurich, Deutschland,
Österreich, Schweiz, Frankreich, Italien, Spanien, Russland, Polen, München, Köln, Wien, Zürich,
Allemagne, Espagne, Suisse, Royaume-Uni, États-Unis, España, Alemania, Francia, México, Россия,
Германия, Москва, Европа, Europe, Latin America, North America, South America, Africa, Middle East
"""
PLACES: Final = tuple(" ".join(one.split()) for one in _PLACE_LIST.split(","))
"""Countries, states and large cities; “light”: what is not here is not found."""
